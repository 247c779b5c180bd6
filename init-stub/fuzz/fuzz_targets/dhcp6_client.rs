#![no_main]
keel_init_fuzz::program!("dhcp6_client");
