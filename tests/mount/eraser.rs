//! Cells outside the image: what an erased cell sealed is out of reach (`protocols`, section 3).

use strongroom_core::Error;
use strongroom_core::error::Part;

use crate::world::{
    CommitFate, Image, SECRET, World, create, create_key, decrypt, encrypt, mount, secret_of,
};

/// The image beside these cells, in a world of its own.
fn beside(image: &Image, cells: &[[u8; 108]; 2]) -> Result<(), Error> {
    let world = World::new(9).with_image(image).with_cells();
    world.cells.put_back(cells);
    mount(&world).map(|_| ())
}

#[test]
fn after_a_mount_the_manifests_from_before_it_are_out_of_reach() {
    let world = World::new(1).with_cells();
    let vault = create(&world);
    create_key(&vault);
    vault.close().unwrap();
    let (old, old_cells) = (world.storage.image(), world.cells.contents());
    assert_eq!(beside(&old, &old_cells), Ok(()), "the cells of its own time open it");

    vault.mount(&mut secret_of(SECRET)).unwrap();
    let new_cells = world.cells.contents();
    for image in world.storage.history().iter().filter(|image| image.revision <= old.revision) {
        assert_eq!(beside(image, &new_cells), Err(Error::Damaged(Part::Manifest)));
    }
    assert_eq!(beside(&world.storage.image(), &new_cells), Ok(()));
    // Nor does the new manifest open under the old cell.
    assert_eq!(beside(&world.storage.image(), &old_cells), Err(Error::Damaged(Part::Manifest)));
}

#[test]
fn one_of_the_two_cells_is_blank_whenever_the_vault_is_open() {
    let world = World::new(1).with_cells();
    let vault = create(&world);
    for _ in 0..4 {
        let contents = world.cells.contents();
        assert_eq!(contents.iter().filter(|cell| **cell == [0xff; 108]).count(), 1);
        vault.close().unwrap();
        vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_ne!(world.cells.contents(), contents);
    }
}

#[test]
fn a_power_cut_at_any_access_to_the_cells_loses_neither_the_vault_nor_a_key() {
    let mut cuts = 0;
    for accesses in 0.. {
        let world = World::new(1).with_cells();
        let vault = create(&world);
        let key = create_key(&vault);
        let ciphertext = encrypt(&vault, key, b"kept").unwrap();
        vault.close().unwrap();
        world.cells.fail_after(accesses);
        let mounted = vault.mount(&mut secret_of(SECRET));
        world.cells.fail_after(u32::MAX);
        if mounted.is_ok() {
            break;
        }
        assert_eq!(mounted, Err(Error::Anchor));
        cuts += 1;
        vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
        let blank = world.cells.contents().iter().filter(|cell| **cell == [0xff; 108]).count();
        assert_eq!(blank, 1, "cut {accesses}: a cell that is not in use was left");
    }
    assert!(cuts >= 6, "only {cuts} accesses");
}

#[test]
fn a_power_cut_around_the_commit_of_a_new_cell_loses_nothing_and_adopts_no_stray_cell() {
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        let world = World::new(1).with_cells();
        let vault = create(&world);
        let key = create_key(&vault);
        let ciphertext = encrypt(&vault, key, b"kept").unwrap();
        vault.close().unwrap();
        world.storage.decide(&[fate]);
        assert!(vault.mount(&mut secret_of(SECRET)).is_err());
        let stray = world.cells.contents();
        assert!(stray.iter().all(|cell| *cell != [0xff; 108]), "both cells are written");
        vault.mount(&mut secret_of(SECRET)).unwrap();
        assert_eq!(decrypt(&vault, &ciphertext).unwrap(), b"kept");
        let now = world.cells.contents();
        assert!(stray.iter().all(|cell| !now.contains(cell)), "{fate:?}: a cell from before is still there");
    }
}

#[test]
fn a_refused_image_touches_no_cell() {
    let world = World::new(1).with_cells().with_counter(3);
    let vault = create(&world);
    create_key(&vault);
    vault.close().unwrap();
    let (image, cells) = (world.storage.image(), world.cells.contents());
    let ahead = World::new(9).with_image(&image).with_cells().with_counter(99);
    ahead.cells.put_back(&cells);
    assert!(matches!(mount(&ahead).map(|_| ()), Err(Error::RolledBack { .. })));
    assert_eq!((ahead.storage.image(), ahead.cells.contents()), (image, cells));
}

#[test]
fn a_torn_cell_with_one_good_copy_still_opens() {
    let world = World::new(1).with_cells();
    let vault = create(&world);
    vault.close().unwrap();
    let (image, cells) = (world.storage.image(), world.cells.contents());
    for good in 0..3 {
        let mut torn = cells;
        for (index, copy) in torn[0].chunks_exact_mut(36).enumerate().filter(|(index, _)| *index != good) {
            copy[index] ^= 1;
        }
        assert_eq!(beside(&image, &torn), Ok(()), "copy {good} is good");
    }
    assert_eq!(beside(&image, &[[0xff; 108]; 2]), Err(Error::Damaged(Part::Manifest)), "the cell is lost");
}
