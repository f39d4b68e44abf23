//! A vault with users and access keys, and a server over it, for those who ask both.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::folder;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "eu-central-1";
const ADMIN: &str = r#"{"Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;

/// A vault with two users, one of whom may do everything, and what she signs with.
pub(super) struct Kept {
    pub(super) folder: tempfile::TempDir,
    pub(super) alice: (String, String),
    pub(super) bob: (String, String),
}

/// What a run of the command left: status, standard output, standard error.
pub(super) type Ran = (i32, Vec<u8>, String);

impl Kept {
    pub(super) fn new() -> Self {
        let folder = folder();
        let nobody = (String::new(), String::new());
        let mut kept = Kept { folder, alice: nobody.clone(), bob: nobody };
        std::fs::create_dir_all(kept.path("data").join(ACCOUNT)).unwrap();
        std::fs::write(kept.path("admin.json"), ADMIN).unwrap();
        let init = ["init", "--make-key-file", "--account", ACCOUNT, "--region", REGION];
        assert_eq!(kept.on_the_file(&init, b"").0, 0);
        kept.done(&["caller", "add", "alice", "--policy", "admin.json"]);
        kept.done(&["caller", "add", "bob"]);
        kept.alice = kept.access_key("alice");
        kept.bob = kept.access_key("bob");
        kept
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn vault(&self) -> String {
        format!("data/{ACCOUNT}/{REGION}.vault")
    }

    pub(super) fn done(&self, arguments: &[&str]) -> String {
        let (status, out, err) = self.on_the_file(arguments, b"");
        assert_eq!(status, 0, "{arguments:?}: {err}");
        String::from_utf8(out).unwrap()
    }

    pub(super) fn access_key(&self, name: &str) -> (String, String) {
        let made = self.done(&["caller", "access-key", "create", name, "--json"]);
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("access_key_id"), text("secret_access_key"))
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = super::command();
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.folder.path()).env_remove("SSL_CERT_FILE");
        command.env_remove("SSL_CERT_DIR");
        command
    }

    pub(super) fn on_the_file(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        ran(command.env("STRONGROOM_VAULT", self.vault()).env("STRONGROOM_KEY_FILE", "app.key"), input)
    }

    /// At an endpoint, in the name of whoever has this access key.
    pub(super) fn at(
        &self,
        url: &str,
        (id, secret): &(String, String),
        arguments: &[&str],
        input: &[u8],
    ) -> Ran {
        let mut command = self.command(&["--endpoint", url]);
        command.args(arguments).env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        ran(command.env("AWS_REGION", REGION), input)
    }

    pub(super) fn serve(&self, arguments: &[&str]) -> Serving {
        let mut command = self.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
        Serving::start(command.args(arguments).env("STRONGROOM_KEY_FILE", "app.key"))
    }
}

pub(super) fn ran(command: &mut Command, input: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // What is not read breaks the pipe.
    let _ = child.stdin.take().unwrap().write_all(input);
    let ran = child.wait_with_output().unwrap();
    (ran.status.code().unwrap(), ran.stdout, String::from_utf8(ran.stderr).unwrap())
}

/// A server under way.
pub(super) struct Serving {
    pub(super) child: Child,
    pub(super) url: String,
}

impl Serving {
    pub(super) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        assert!(url.starts_with("http"), "{line}");
        Serving { child, url }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Asked to end, so that the vault is closed.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
