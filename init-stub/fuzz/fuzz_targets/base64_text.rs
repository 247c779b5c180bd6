#![no_main]
keel_init_fuzz::program!("base64_text");
