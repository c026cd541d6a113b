"""What Gmail says of our mail: Postmaster Tools, asked now and then."""
