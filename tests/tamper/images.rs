//! Whole older images, put back at rest and under the open vault.

use strongroom_core::Error;
use strongroom_core::error::StorageError;

use super::{is_damage, sample};
use crate::world::{Sample, World, create_key, disable, mount, rotate};

#[test]
fn without_a_counter_a_whole_older_image_opens_and_is_right_about_its_own_time() {
    let sample = sample();
    let history = sample.world.storage.history();
    let mut opened = 0;
    for (revision, expected) in &sample.past {
        let image = history.iter().find(|image| image.revision == *revision).unwrap();
        let world = World::new(77).with_image(image);
        let vault = mount(&world).unwrap();
        for expected in expected {
            world.cool();
            assert_eq!(expected.question.ask(&vault), expected.answer);
        }
        opened += 1;
    }
    println!("older images: {opened} opened, each as it was");
}

#[test]
fn with_a_counter_every_older_image_is_refused() {
    let sample = Sample::new(World::new(3).with_counter(100));
    let (written, history) = (sample.image(), sample.world.storage.history());
    let counter = sample.world.counter.value().unwrap();
    let mut refused = 0;
    for image in &history[..history.len() - 1] {
        let world = World::new(77).with_image(image).with_counter(counter);
        let Err(Error::RolledBack { image: fresh, counter: stands }) = mount(&world).map(|_| ()) else {
            panic!("revision {} of {} was accepted", image.revision, written.revision);
        };
        assert!(fresh < stands && stands == counter);
        assert_eq!(&world.storage.image(), image);
        assert_eq!(world.counter.value(), Some(counter));
        refused += 1;
    }
    let world = World::new(77).with_image(&written).with_counter(counter);
    assert_eq!(mount(&world).unwrap().verify().unwrap(), sample.whole());
    println!("older images against a counter: {refused} refused, the last accepted");
}

#[test]
fn an_older_image_under_the_open_vault_opens_nothing_and_takes_no_change() {
    let sample = sample();
    let vault = mount(&sample.world).unwrap();
    let written = sample.image();
    let changed = disable(&vault, sample.keys[0]).unwrap();
    let latest = sample.image();
    assert_eq!(changed.current_version, 1);

    sample.world.storage.put_back(&written);
    for expected in &sample.expected {
        sample.world.cool();
        let answer = expected.question.ask(&vault);
        assert!(answer.as_ref().is_err_and(is_damage), "{:?} gave {answer:?}", expected.question);
    }
    assert!(vault.verify().unwrap().damaged > 0);
    assert!(rotate(&vault, sample.keys[1]).is_err_and(|error| is_damage(&error)));

    // Put right again, the vault goes on, and another writer's revision ends its session.
    sample.world.storage.put_back(&latest);
    sample.world.cool();
    create_key(&vault);
    let mut other = sample.image();
    other.revision += 1;
    sample.world.storage.put_back(&other);
    assert_eq!(rotate(&vault, sample.keys[1]), Err(Error::Storage(StorageError::Conflict)));
    assert_eq!(rotate(&vault, sample.keys[1]), Err(Error::SessionEnded));
}
