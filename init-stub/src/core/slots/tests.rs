use super::*;

fn image(number: u32, version: &str, state: SlotState) -> SlotImage {
    SlotImage { number, version: version.into(), state }
}

#[test]
fn a_name_says_number_version_and_state_and_is_written_as_it_is_read() {
    for (name, wanted) in [
        ("keel-1-0.1.0.efi", image(1, "0.1.0", SlotState::Good)),
        ("keel-12-2026.12.1-rc1.efi", image(12, "2026.12.1-rc1", SlotState::Good)),
        ("keel-2-0.2.0+3.efi", image(2, "0.2.0", SlotState::Trial { left: 3, made: 0 })),
        ("keel-2-0.2.0+2-1.efi", image(2, "0.2.0", SlotState::Trial { left: 2, made: 1 })),
        ("keel-2-0.2.0+0-3.efi", image(2, "0.2.0", SlotState::Bad)),
        ("keel-2-0.2.0.failed", image(2, "0.2.0", SlotState::Failed)),
        ("keel-3-1~beta.unfinished", image(3, "1~beta", SlotState::Unfinished)),
        // Of a disk that an older Keel made, and of one whose program was replaced by hand.
        ("keel-0.1.0.efi", image(0, "0.1.0", SlotState::Good)),
        ("keel-next.efi", image(0, "next", SlotState::Good)),
    ] {
        let found = SlotImage::parse(name).unwrap();
        assert_eq!(found, wanted, "{name}");
        assert_eq!(found.to_string(), name);
    }
}

#[test]
fn counts_of_other_writers_are_read_as_the_loader_reads_them() {
    let state = |name| SlotImage::parse(name).map(|found| found.state);
    assert_eq!(state("keel-2-b+03.efi"), Some(SlotState::Trial { left: 3, made: 0 }));
    assert_eq!(state("keel-2-b+0.efi"), Some(SlotState::Bad));
    assert_eq!(state("keel-2-b+0-12.efi"), Some(SlotState::Bad));
}

#[test]
fn what_is_not_an_image_of_keel_is_none() {
    for name in [
        "linux.efi",
        "keel-.efi",
        "keel-1-.efi",
        "keel-2-a+x.efi",
        "keel-2-a+.efi",
        "keel-2-a+1-.efi",
        "keel-2-a+1+2.efi",
        "keel-2-a b.efi",
        "keel-2-a",
        "keel-2-a.efi.bak",
    ] {
        assert_eq!(SlotImage::parse(name), None, "{name}");
    }
}

#[test]
fn the_loader_calls_an_image_by_its_name_without_the_count() {
    let tried = SlotImage::parse("keel-2-0.2.0-RC+1-2.efi").unwrap();
    assert!(tried.is_entry("keel-2-0.2.0-rc.efi"));
    assert!(!tried.is_entry("keel-2-0.2.0-rc+1-2.efi"));
    assert_eq!(tried.label(), "keel-2-0.2.0-RC");
}
