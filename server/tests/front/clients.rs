//! boto3: the independent peer of what is verified here.

use std::process::Command;

use super::environment::{environment, programs, run};
use super::kept::{ACCOUNT, Kept, OTHER_ACCOUNT, REGION};

fn check(kept: &Kept, url: &str, program: &str) {
    let Some(bin) = environment("python") else { return };
    let mut python = Command::new(bin.join("python"));
    python.arg("-B").arg(programs("python").join(program));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        python.env_remove(name);
    }
    python
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .env("STRONGROOM_URL", url)
        .env("STRONGROOM_CERTIFICATE", kept.tls_files().certificates)
        .env("STRONGROOM_ACCESS_KEY", kept.alice.id.as_str())
        .env("STRONGROOM_SECRET", &kept.alice.secret)
        .env("STRONGROOM_ACCOUNT", ACCOUNT)
        .env("STRONGROOM_OTHER_ACCOUNT", OTHER_ACCOUNT)
        .env("STRONGROOM_REGION", REGION)
        .env("STRONGROOM_KEY", &kept.key_id);
    run(&mut python).unwrap_or_else(|said| panic!("{program}: {said}"));
}

#[test]
fn boto3_signs_what_is_believed_and_assumes_roles() {
    let kept = Kept::start();
    check(&kept, &format!("http://{}", kept.address()), "signed.py");
}

#[test]
fn boto3_speaks_tls() {
    let kept = Kept::start_tls();
    check(&kept, &format!("https://localhost:{}", kept.address().port()), "signed.py");
}

#[test]
fn the_calls_of_cockroachdb_work() {
    let kept = Kept::start();
    check(&kept, &format!("http://{}", kept.address()), "cockroach.py");
}
