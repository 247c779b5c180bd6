#![no_main]
keel_init_fuzz::program!("platform_metadata");
