use super::job::Breadcrumb;
use super::worker::{firmware, settle_esp, settle_on};
use super::*;
use crate::core::event::Cause;
use crate::core::fat::tests::{Made, names};

fn crumb(image: &str, failure: Option<(&str, &str)>) -> Breadcrumb {
    let failure = failure.map(|(stage, code)| Failure { stage: stage.into(), code: code.into() });
    Breadcrumb { image: image.into(), boot_id: "b".into(), boots: 2, failure }
}

fn began(entry: &str, is_counted: bool) -> Begun {
    Begun { entry: Some(entry.into()), is_counted, ..Begun::default() }
}

#[test]
fn only_a_boot_that_the_loader_counts_is_a_trial_and_only_of_an_image_of_keel() {
    assert_eq!(began("keel-2-0.2.0.efi", true).image_on_trial().as_deref(), Some("keel-2-0.2.0"));
    assert_eq!(began("keel-2-0.2.0.efi", false).image_on_trial(), None);
    assert_eq!(began("linux.efi", true).image_on_trial(), None);
    assert_eq!(Begun::default().image_on_trial(), None);
}

#[test]
fn the_image_that_runs_is_good_and_the_others_stay_as_they_are() {
    let made =
        Made::new(20, "16", &["keel-1-0.1.0.efi", "keel-2-0.2.0+1-2.efi", "keel-3-0.3.0.unfinished", "other.efi"]);
    let device = made.memory();
    let settled = settle_on(&device, "keel-2-0.2.0.efi", Some(&crumb("keel-2-0.2.0", None))).unwrap();
    assert_eq!(names(&device), ["keel-1-0.1.0.efi", "keel-2-0.2.0.efi", "keel-3-0.3.0.unfinished", "other.efi"]);
    assert!(settled.was_on_trial);
    assert_eq!(settled.running.unwrap().number, 2);
    assert_eq!(
        settled.others.iter().map(|one| one.state).collect::<Vec<_>>(),
        [SlotState::Good, SlotState::Unfinished]
    );
    assert_eq!(settled.rolled_back, None);
    device.journal.borrow_mut().clear();
    let again = settle_on(&device, "keel-2-0.2.0.efi", None).unwrap();
    assert!(!again.was_on_trial && device.journal.borrow().is_empty());
}

#[test]
fn an_image_that_did_not_come_up_is_reported_once_with_what_it_left() {
    let name = "keel-2-0.2.0+0-3.efi";
    let foreign = crumb("keel-9-0.2.0", Some(("verify", "config-refused")));
    for (left, cause) in [
        (None, Cause::NeverStarted),
        (Some(foreign), Cause::NeverStarted),
        (Some(crumb("keel-2-0.2.0", None)), Cause::NoAnswer),
        (Some(crumb("keel-2-0.2.0", Some(("verify", "config-refused")))), Cause::Failed),
    ] {
        let made = Made::new(20, "16", &["keel-1-0.1.0.efi", name]);
        let device = made.memory();
        let settled = settle_on(&device, "keel-1-0.1.0.efi", left.as_ref()).unwrap();
        let rolled_back = settled.rolled_back.unwrap();
        assert_eq!((rolled_back.version.as_str(), rolled_back.cause), ("0.2.0", cause));
        let expected = left.filter(|left| left.image == "keel-2-0.2.0").and_then(|left| left.failure);
        assert_eq!(rolled_back.failure, expected);
        assert_eq!(names(&device), ["keel-1-0.1.0.efi", "keel-2-0.2.0.failed"]);
        assert_eq!(settle_on(&device, "keel-1-0.1.0.efi", None).unwrap().rolled_back, None);
    }
}

/// With no good image left the loader starts the newest bad one.
#[test]
fn an_image_that_comes_up_after_all_is_good_and_not_rolled_back() {
    let made = Made::new(20, "16", &["keel-2-0.2.0+0-3.efi"]);
    let device = made.memory();
    let settled = settle_on(&device, "keel-2-0.2.0.efi", None).unwrap();
    assert_eq!((settled.was_on_trial, settled.rolled_back), (true, None));
    assert_eq!(names(&device), ["keel-2-0.2.0.efi"]);
}

#[test]
fn a_disk_without_a_fat_and_a_machine_without_such_firmware_are_errors_of_their_own() {
    let scratch = crate::scratch::Scratch::new("slots");
    let device = scratch.join("esp");
    std::fs::write(&device, [0; 4096]).unwrap();
    for path in [device.to_str().unwrap(), "/no/such/device"] {
        assert_eq!(settle_esp(path, "keel-1-a.efi", None).unwrap_err().code, Code::EspUnusable);
    }
    // Where tests run there is none.
    assert_eq!(firmware().err().map(|error| error.code), Some(Code::FirmwareVariablesRefused));
}
