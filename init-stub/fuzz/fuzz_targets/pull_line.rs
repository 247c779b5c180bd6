#![no_main]
keel_init_fuzz::program!("pull_line");
