#![no_main]
keel_init_fuzz::program!("router_option");
