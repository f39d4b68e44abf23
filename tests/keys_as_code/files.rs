//! Files that declare nothing: what is wrong, where, and what was expected.

use super::declare;

fn refused(file: &str) -> String {
    declare(file).unwrap_err().to_string()
}

#[test]
fn mistakes_are_named_with_their_place() {
    let unknown = refused("[keys.a]\ndescribtion = \"x\"");
    assert!(
        unknown.contains("line 2, column 1") && unknown.contains("unknown field `describtion`"),
        "{unknown}"
    );
    let unclosed = refused("[keys.a\n");
    assert!(unclosed.contains("line 1"), "{unclosed}");
    assert_eq!(
        refused("[keys.a]\nspec = \"HMAC_265\""),
        "keys.a.spec: `HMAC_265` is unknown; did you mean `HMAC_256`?"
    );
    assert_eq!(
        refused("[keys.a.grants.g]\ngrantee = \"x\"\noperations = [\"Decript\"]"),
        "keys.a.grants.g.operations: `Decript` is unknown; did you mean `Decrypt`?"
    );
    assert_eq!(refused("[keys.a]\naliases = [\"x\"]"), "keys.a.aliases: `x` does not begin with `alias/`");
    assert_eq!(
        refused("[keys.a]\n[keys.b]\naliases = [\"alias/a\"]"),
        "keys.b: `alias/a` is an alias of `a` too; an alias names one key"
    );
    assert_eq!(refused("[keys.a]\nid = \"17\""), "keys.a.id: `17` is no key id of 36 characters");
    assert!(refused("[keys.a]\npolicy = \"lost.json\"").starts_with("`lost.json`: "));
}

#[test]
fn a_policy_that_does_not_compile_is_named_with_its_place() {
    let wrong = |_: &std::path::Path| Ok("{ \"Statement\": 7 }".to_owned());
    let file = "[keys.a]\npolicy = \"p.json\"";
    let error = strongroom_std::keys_as_code::Declaration::parse(file, wrong).unwrap_err();
    assert!(error.to_string().starts_with("`p.json`: line 1, column "), "{error}");
}

#[test]
fn a_file_is_read_with_the_policies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    std::fs::write(&path, "[keys.a]\npolicy = \"p.json\"").unwrap();
    std::fs::write(folder.path().join("p.json"), super::KEY_POLICY).unwrap();
    assert!(strongroom_std::keys_as_code::Declaration::read(&path).is_ok());
}
