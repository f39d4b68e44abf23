//! What is done at an endpoint and counts on the vault's own file: encrypted files, and who may ask.

use std::time::Duration;

use super::endpoint::said;
use super::kept::Kept;

#[test]
fn a_file_that_an_endpoint_helped_to_seal_opens_on_the_vaults_own_file_and_the_other_way_round() {
    let kept = Kept::new();
    let content: Vec<u8> = (0..300_000u32).map(|number| number.to_be_bytes()[3]).collect();
    std::fs::write(kept.path("dump"), &content).unwrap();
    kept.done(&["key", "create", "--alias", "alias/a"]);
    kept.done(&["file", "encrypt", "dump", "--key", "alias/a", "--context", "a=b", "-o", "here.sealed"]);
    let encrypt = ["file", "encrypt", "dump", "--key", "alias/a", "--context", "a=b", "-o", "there.sealed"];
    let decrypt =
        |name: &'static str, out: &'static str| ["file", "decrypt", name, "--context", "a=b", "-o", out];
    {
        let serving = kept.serve(&[]);
        let at = |arguments: &[&str]| kept.at(&serving.url, &kept.alice, arguments, b"");
        assert_eq!(at(&encrypt).0, 0);
        let opened = at(&decrypt("here.sealed", "here"));
        assert_eq!(opened.0, 0, "{}", opened.2);
        // Whoever may not use the key gets nothing, and no file either.
        let denied = kept.at(&serving.url, &kept.bob, &decrypt("here.sealed", "bobs"), b"");
        said(&denied, 3, &["here.sealed"]);
        // A whole segment of another stream, under the same key: what opens it is checked here.
        let (mut altered, other) = (read(&kept, "here.sealed"), read(&kept, "there.sealed"));
        altered[200..60_000].copy_from_slice(&other[200..60_000]);
        std::fs::write(kept.path("altered.sealed"), altered).unwrap();
        said(&at(&decrypt("altered.sealed", "altered")), 1, &["segment 0", "nothing was written"]);
    }
    kept.done(&decrypt("there.sealed", "there"));
    assert!(read(&kept, "here") == content && read(&kept, "there") == content);
    assert!(!kept.path("bobs").exists() && !kept.path("altered").exists());
}

fn read(kept: &Kept, name: &str) -> Vec<u8> {
    std::fs::read(kept.path(name)).unwrap()
}

#[test]
fn callers_and_access_keys_are_changed_while_the_vault_is_served_by_whoever_may() {
    let kept = Kept::new();
    let serving = kept.serve(&[]);
    // Five such requests a second are what AWS allows too.
    let at = |who: &(String, String), arguments: &[&str]| loop {
        let ran = kept.at(&serving.url, who, arguments, b"");
        if ran.0 != 8 {
            break ran;
        }
        std::thread::sleep(Duration::from_millis(300));
    };
    let done = |arguments: &[&str]| {
        let ran = at(&kept.alice, arguments);
        assert_eq!(ran.0, 0, "{arguments:?}: {}", ran.2);
        String::from_utf8(ran.1).unwrap()
    };
    done(&["caller", "add", "dora", "--policy", "admin.json"]);
    assert_eq!(done(&["caller", "list"]), "alice\nbob\ndora\n");
    let made: serde_json::Value =
        serde_json::from_str(&done(&["caller", "access-key", "create", "dora", "--json"])).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let dora = (text("access_key_id"), text("secret_access_key"));
    let list = |who: &(String, String)| at(who, &["key", "list"]);
    // At once, and no longer than it is wanted.
    assert_eq!(list(&dora).0, 0);
    done(&["caller", "access-key", "disable", "dora", &dora.0]);
    said(&list(&dora), 6, &["knows no such access key, or it is disabled"]);
    done(&["caller", "access-key", "enable", "dora", &dora.0]);
    assert_eq!(list(&dora).0, 0);
    done(&["caller", "policy", "dora", "--none"]);
    said(&list(&dora), 3, &["user/dora is not authorized"]);
    done(&["caller", "access-key", "delete", "dora", &dora.0]);
    said(&list(&dora), 6, &["knows no such access key"]);
    done(&["caller", "remove", "dora"]);
    // Of whoever may not, nothing is taken, not even about himself.
    for arguments in [
        &["caller", "access-key", "create", "bob"][..],
        &["caller", "access-key", "list", "alice"],
        &["caller", "access-key", "disable", "alice", &kept.alice.0],
        &["caller", "access-key", "delete", "alice", &kept.alice.0],
        &["caller", "add", "eve", "--policy", "admin.json"],
        &["caller", "policy", "bob", "--put", "admin.json"],
        &["caller", "show", "bob"],
        &["caller", "list"],
        &["caller", "remove", "bob"],
        &["caller", "trust", "bob", "--put", "arn:aws:iam::111122223333:user/bob"],
        &["caller", "trust", "bob"],
    ] {
        said(&at(&kept.bob, arguments), 3, &["user/bob is not authorized"]);
    }
    assert_eq!(list(&kept.alice).0, 0);
}
