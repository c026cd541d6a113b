#!/usr/bin/perl
# Scores messages with SpamAssassin as Debian ships it: reads a path a line, writes a JSON object a
# line: {"score": number, "rules": {name: score}}. The one argument is the port of the name server
# on 127.0.0.1 that answers every question; blocklists and the like are left out.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Mail::SpamAssassin;

my ($port) = @ARGV;
$ENV{RES_NAMESERVERS} = '127.0.0.1';    # Mail::DMARC asks by a resolver of its own
$ENV{RES_OPTIONS}     = "port:$port";

my $checker = Mail::SpamAssassin->new(
    {
        rules_filename  => '/usr/share/spamassassin',
        userprefs_filename => '/dev/null',
        userstate_dir   => tempdir( CLEANUP => 1 ),
        dont_copy_prefs => 1,
        require_rules   => 1,
        post_config_text => <<"CONFIG",
dns_available yes
dns_server 127.0.0.1:$port
skip_rbl_checks 1
skip_uribl_checks 1
use_bayes 0
use_razor2 0
use_pyzor 0
trusted_networks 127.0.0.1
internal_networks 127.0.0.1
CONFIG
    }
);

$| = 1;
binmode STDOUT, ':utf8';
my $json = JSON::PP->new->canonical;
while ( my $path = <STDIN> ) {
    chomp $path;
    open my $file, '<:raw', $path or die "$path: $!\n";
    my $content = do { local $/; <$file> };
    $content =~ s/\r\n/\n/g;    # as the mail server hands it on
    my $mail   = $checker->parse($content);
    my $status = $checker->check($mail);
    my %rules  = map { $_ => 0 + ( $status->{conf}->{scores}->{$_} // 1 ) }
      split /,/, $status->get_names_of_tests_hit();
    print $json->encode( { score => 0 + $status->get_score(), rules => \%rules } ), "\n";
    $status->finish();
    $mail->finish();
}
