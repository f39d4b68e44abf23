//! Rollback of whole images against a counter (`protocols`, section 1).

use strongroom_core::{Error, Protection};

use crate::world::{
    CommitFate, Image, SECRET, World, create, create_key, describe, disable, mount, rotate, secret_of,
};

fn opens(image: &Image, counter: u64) -> Result<World, Error> {
    let world = World::new(9).with_image(image).with_counter(counter);
    mount(&world).map(|_| ())?;
    Ok(world)
}

#[test]
fn a_mount_accepts_the_image_in_step_with_the_counter_and_the_one_ahead_by_one() {
    let world = World::new(1).with_counter(40);
    let vault = create(&world);
    create_key(&vault);
    vault.close().unwrap();
    let (image, counter) = (world.storage.image(), world.counter.value().unwrap());

    for ahead in [counter + 1, counter + 2, counter - 2, 0] {
        assert_eq!(opens(&image, ahead).err(), Some(Error::RolledBack { image: counter, counter: ahead }));
    }
    // In step: two commits, each with its advance.
    let mounted = opens(&image, counter).unwrap();
    assert_eq!(mounted.counter.value(), Some(counter + 2));
    assert_eq!(mounted.storage.image().revision, image.revision + 2);
    // Ahead by one: the missing advance, and one commit with its own.
    let mounted = opens(&image, counter - 1).unwrap();
    assert_eq!(mounted.counter.value(), Some(counter + 1));
    assert_eq!(mounted.storage.image().revision, image.revision + 1);
}

#[test]
fn every_commit_moves_the_counter_by_one() {
    let world = World::new(1).with_counter(7);
    let vault = create(&world);
    assert_eq!(world.counter.value(), Some(8));
    let key = create_key(&vault);
    rotate(&vault, key).unwrap();
    disable(&vault, key).unwrap();
    assert_eq!(world.counter.value(), Some(11));
    assert_eq!(world.storage.image().revision, 4);
}

#[test]
fn an_acknowledged_change_is_never_undone_by_an_image_that_was_cut_before_its_advance() {
    // The fork: a commit is cut before its advance, the image before it is put back, and after other acknowledged
    // changes the cut image returns.
    let world = World::new(1).with_counter(0);
    let vault = create(&world);
    let key = create_key(&vault);
    let before = world.storage.image();
    world.counter.fail_advances(1);
    assert_eq!(disable(&vault, key), Err(Error::Anchor));
    let cut = world.storage.image();

    world.storage.put_back(&before);
    vault.mount(&mut secret_of(SECRET)).unwrap();
    let rotated = rotate(&vault, key).unwrap();
    assert_eq!(rotated.current_version, 2);
    let counter = world.counter.value().unwrap();
    for image in world.storage.history() {
        let is_last = image == world.storage.image();
        assert_eq!(opens(&image, counter).is_ok(), is_last, "revision {}", image.revision);
    }
    assert!(matches!(opens(&cut, counter), Err(Error::RolledBack { .. })));
}

#[test]
fn right_after_a_mount_no_image_from_before_it_opens() {
    // The mount of the older image alone must already shut the cut one out, before any change.
    let world = World::new(1).with_counter(0);
    let vault = create(&world);
    let key = create_key(&vault);
    let before = world.storage.image();
    world.counter.fail_advances(1);
    assert_eq!(disable(&vault, key), Err(Error::Anchor));
    let cut = world.storage.image();
    world.storage.put_back(&before);
    vault.mount(&mut secret_of(SECRET)).unwrap();
    let counter = world.counter.value().unwrap();
    for old in [&before, &cut] {
        assert!(matches!(opens(old, counter), Err(Error::RolledBack { .. })));
    }
}

#[test]
fn every_cut_of_every_commit_leaves_an_image_that_opens_and_shuts_out_all_earlier_ones() {
    // Cut before the commit, between commit and advance, for each commit of a mount and a change.
    for cut in 0..3 {
        for is_before in [true, false] {
            let world = World::new(1).with_counter(0);
            let vault = create(&world);
            let key = create_key(&vault);
            vault.close().unwrap();
            // The first `cut` commits go well.
            if is_before {
                world.storage.decide_after(cut, &[CommitFate::Fails]);
            } else {
                world.counter.fail_advance_after(u32::try_from(cut).unwrap());
            }
            let went = vault.mount(&mut secret_of(SECRET)).and_then(|()| rotate(&vault, key).map(|_| ()));
            assert!(went.is_err(), "cut {cut} did not happen");
            vault.mount(&mut secret_of(SECRET)).unwrap();
            let facts = describe(&vault, key).unwrap();
            assert!(facts.current_version <= 2);
            let (latest, counter) = (world.storage.image(), world.counter.value().unwrap());
            for image in world.storage.history() {
                let is_last = image == latest;
                assert_eq!(opens(&image, counter).is_ok(), is_last, "cut {cut}, revision {}", image.revision);
            }
        }
    }
}

#[test]
fn the_posture_says_whether_a_rollback_would_be_noticed() {
    let with = World::new(1).with_counter(0).with_cells();
    with.clock.set_wall_ms(Some(1_700_000_000_000));
    let posture = create(&with).posture().unwrap();
    assert!(posture.iter().all(|line| line.is_protected()), "{posture:?}");
    let without = World::new(1);
    let posture = create(&without).posture().unwrap();
    assert!(posture.contains(&Protection::ImageRollbackUndetected));
    assert!(posture.contains(&Protection::DestructionUnlinks));
}
