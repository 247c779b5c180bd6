#![no_main]
keel_init_fuzz::program!("arp_packet");
