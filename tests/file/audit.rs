use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use strongroom_std::Vault;
use strongroom_std::operation::{CreateKey, Encrypt};

use super::{new_vault, root, secret};

#[test]
fn what_was_released_while_another_thread_closed_stands_in_the_log() {
    let (_folder, path, vault) = new_vault();
    let id = vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
    let (released, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            let (vault, id, released, is_over) = (vault.clone(), &id, &released, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed)
                    && vault.encrypt(&root(), Encrypt::new(id, b"x")).is_ok()
                {
                    released.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while released.load(Ordering::Relaxed) < 500 {
            thread::yield_now();
        }
        vault.close().unwrap();
        is_over.store(true, Ordering::Relaxed);
    });
    let vault = Vault::open(&path, &secret("right")).unwrap();
    let mut logged = 0;
    vault.audit_events(0, |_, event| logged += u64::from(event.action.name() == "Encrypt")).unwrap();
    // Logged and not released can be: the request that met the closing vault. Released and not logged cannot.
    let released = released.load(Ordering::Relaxed);
    assert!((released..=released + 2).contains(&logged), "{released} released, {logged} in the log");
}
