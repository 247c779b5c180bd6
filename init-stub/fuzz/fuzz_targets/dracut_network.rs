#![no_main]
keel_init_fuzz::program!("dracut_network");
