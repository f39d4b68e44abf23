//! A server over two accounts: a user who may do everything on vaults of the first, and a role in the second.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use strongroom_core::policy::PolicyKind;
use strongroom_server::{Limits, Listen, Mode, Server, Settings, TlsFiles};
use strongroom_std::access_key::AccessKeyId;
use strongroom_std::operation::{CreateAccessKey, CreateKey, PutCaller, PutQuotas, PutRoleTrust};
use strongroom_std::policy_json::compile_policy;
use strongroom_std::quota::Quotas;
use strongroom_std::{Caller, NewVault, Realm, UnlockSecret, Vault};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";
pub(crate) const REGION: &str = "eu-central-1";
const SECRET: [u8; 32] = [7; 32];

pub(crate) struct AccessKey {
    pub(crate) id: AccessKeyId,
    pub(crate) secret: String,
}

/// A folder of vaults, and maybe a server over it.
pub(crate) struct Kept {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) server: Option<Server>,
    pub(crate) alice: AccessKey,
    /// The key that alice uses.
    pub(crate) key_id: String,
}

pub(crate) fn secret() -> UnlockSecret {
    UnlockSecret::key_file(&SECRET).unwrap()
}

pub(crate) fn path(folder: &Path, account: &str, region: &str) -> PathBuf {
    folder.join(account).join(format!("{region}.vault"))
}

pub(crate) fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

fn make(folder: &Path, account: &str, region: &str) -> Vault {
    std::fs::create_dir_all(folder.join(account)).unwrap();
    let realm = Realm::new("aws", account, region).unwrap();
    let vault = Vault::create(&path(folder, account, region), &NewVault { realm }, &secret()).unwrap();
    // Without the rates that the endpoint would set: load is measured here.
    let root = root(account);
    let root = Caller::new(&root).unwrap();
    vault.put_quotas(&root, PutQuotas { quotas: Quotas::aws() }).unwrap();
    vault
}

fn keep(vault: &Vault, root: &Caller<'_>, name: &str, principal: &str, policy: &str) {
    let compiled = compile_policy(policy, PolicyKind::Identity).unwrap();
    let put = PutCaller { name, principal, tags: &[], identity_policies: &[&compiled] };
    vault.put_caller(root, put).unwrap();
}

const EVERYTHING: &str = r#"{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}"#;

impl Kept {
    /// The vaults; nothing runs.
    pub(crate) fn idle() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = root(ACCOUNT);
        let own = Caller::new(&own).unwrap();
        let vault = make(folder.path(), ACCOUNT, REGION);
        keep(&vault, &own, "alice", &format!("arn:aws:iam::{ACCOUNT}:user/alice"), EVERYTHING);
        let made = vault.create_access_key(&own, CreateAccessKey { caller: "alice" }).unwrap();
        let secret = String::from_utf8(made.secret.as_bytes().to_vec()).unwrap();
        let alice = AccessKey { id: made.id, secret };
        let key_id = vault.create_key(&own, CreateKey::default()).unwrap().key_id.to_string();
        vault.close().unwrap();
        make(folder.path(), ACCOUNT, "us-east-1").close().unwrap();

        let theirs = root(OTHER_ACCOUNT);
        let theirs = Caller::new(&theirs).unwrap();
        let vault = make(folder.path(), OTHER_ACCOUNT, REGION);
        keep(
            &vault,
            &theirs,
            "Reader",
            &format!("arn:aws:iam::{OTHER_ACCOUNT}:role/team/Reader"),
            EVERYTHING,
        );
        let alice_arn = format!("arn:aws:iam::{ACCOUNT}:user/alice");
        let principals = [alice_arn.as_str()];
        let trust =
            PutRoleTrust { role: "Reader", principals: &principals, external_id: Some("tenant-4711") };
        vault.put_role_trust(&theirs, trust).unwrap();
        vault.close().unwrap();
        Kept { folder, server: None, alice, key_id }
    }

    pub(crate) fn settings(&self) -> Settings {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Settings::new(self.folder.path().to_owned(), listen, Mode::Real { secret: secret() })
    }

    /// With a server that has short limits.
    pub(crate) fn start() -> Self {
        Self::start_with(Self::short())
    }

    pub(crate) fn start_with(limits: Limits) -> Self {
        let mut kept = Self::idle();
        kept.server = Some(Server::start(Settings { limits, ..kept.settings() }).unwrap());
        kept
    }

    /// With TLS; the certificate is for `localhost`.
    pub(crate) fn start_tls() -> Self {
        let mut kept = Self::idle();
        let files = kept.tls_files();
        super::tls::write_certificate(&files);
        let metrics = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        kept.server = Some(Server::start(Settings { tls: Some(files), metrics, ..kept.settings() }).unwrap());
        kept
    }

    pub(crate) fn tls_files(&self) -> TlsFiles {
        let at = |name: &str| self.folder.path().join(name);
        TlsFiles { certificates: at("certificate.pem"), key: at("key.pem") }
    }

    pub(crate) fn short() -> Limits {
        Limits {
            head_time: Duration::from_millis(700),
            body_time: Duration::from_millis(700),
            idle_time: Duration::from_millis(1500),
            drain_time: Duration::from_secs(20),
            ..Limits::default()
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.as_ref().unwrap().address()
    }

    /// The vault of the first account, once nothing runs over it.
    pub(crate) fn vault(&mut self) -> Vault {
        if let Some(server) = self.server.take() {
            server.stop().unwrap();
        }
        Vault::open(&path(self.folder.path(), ACCOUNT, REGION), &secret()).unwrap()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let stopped = server.stop();
            assert!(std::thread::panicking() || stopped.is_ok(), "{stopped:?}");
        }
    }
}

/// Listens where the system says, for a server that is given its socket.
pub(crate) fn given() -> Listen {
    Listen::Given(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
}
