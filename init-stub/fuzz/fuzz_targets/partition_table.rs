#![no_main]
keel_init_fuzz::program!("partition_table");
