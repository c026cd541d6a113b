#!/usr/bin/perl
# Verifies a message from standard input with Mail::DKIM, a line "result algorithm" a signature.
# The DNS is a file of lines "name<TAB>text", the one argument; nothing else is asked.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Net::DNS;

my %text;
open my $records, '<', $ARGV[0] or die "$ARGV[0]: $!\n";
while (<$records>) { chomp; my ( $name, $value ) = split /\t/; $text{$name} = $value; }

{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query_async = sub {
        my ( $name, $type, %prms ) = @_;
        return sub {
            my @found;
            if ( defined $text{$name} ) {
                my @strings = $text{$name} =~ /(.{1,255})/g;
                push @found, Net::DNS::RR->new( owner => $name, type => 'TXT', txtdata => \@strings );
            }
            return $prms{Callbacks}{Success}->(@found);
        };
    };
}

binmode STDIN;
my $dkim = Mail::DKIM::Verifier->new();
$dkim->PRINT( do { local $/; <STDIN> } );
$dkim->CLOSE;
print join( ' ', $_->result_detail, $_->algorithm ), "\n" for $dkim->signatures;
