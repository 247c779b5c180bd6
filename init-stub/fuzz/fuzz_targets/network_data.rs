#![no_main]
keel_init_fuzz::program!("network_data");
