#![no_main]
keel_init_fuzz::program!("firmware_strings");
