#![no_main]
keel_init_fuzz::program!("fat_folder");
