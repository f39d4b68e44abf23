use super::{KEY_POLICY, file, folder, run};

#[test]
fn a_policy_is_compiled_and_comes_back_as_it_was() {
    let folder = folder();
    let json = file(&folder, "policy.json", KEY_POLICY);
    let bin = folder.path().join("policy.bin");
    let ran = run(&["policy", "compile", json.to_str().unwrap(), "-o", bin.to_str().unwrap()], b"");
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
    let compiled = std::fs::read(&bin).unwrap();
    assert!(ran.err.contains(&format!("{} bytes", compiled.len())), "{}", ran.err);
    let ran = run(&["policy", "decompile", bin.to_str().unwrap()], b"");
    assert_eq!((ran.status, ran.out.as_str()), (0, KEY_POLICY), "{}", ran.err);
    let ran = run(&["policy", "decompile", "-"], &compiled);
    assert_eq!((ran.status, ran.out.as_str()), (0, KEY_POLICY));
    let ran = run(&["policy", "compile", "-"], KEY_POLICY.as_bytes());
    assert_eq!((ran.status, &ran.bytes), (0, &compiled));
}

#[test]
fn a_policy_that_does_not_compile_leaves_no_file() {
    let folder = folder();
    let bin = folder.path().join("policy.bin");
    let wrong = KEY_POLICY.replace("Allow", "Alow");
    let ran = run(&["policy", "compile", "-", "-o", bin.to_str().unwrap()], wrong.as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("--> standard input:6:17") && ran.err.contains("`Alow` is not an effect"),
        "{}",
        ran.err
    );
    assert!(!bin.exists());
    // As an identity policy it is another mistake.
    let ran = run(&["policy", "compile", "-", "--kind", "identity"], KEY_POLICY.as_bytes());
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("--> standard input:5:14"), "{}", ran.err);
}

#[test]
fn bytes_that_are_no_compiled_policy_are_refused() {
    let compiled = run(&["policy", "compile", "-"], KEY_POLICY.as_bytes()).bytes;
    for bytes in [&b""[..], KEY_POLICY.as_bytes(), &compiled[..compiled.len() - 1]] {
        let ran = run(&["policy", "decompile", "-"], bytes);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""));
        assert!(
            ran.err.contains("not a compiled policy") || ran.err.contains("newer version"),
            "{}",
            ran.err
        );
    }
}
