#![no_main]
keel_init_fuzz::program!("machine_config");
