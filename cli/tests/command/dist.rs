//! What is in `dist/`: the units do what they say with this command, and the container recipe names what there is.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::endpoint::certificate;
use super::kept::{Kept, Serving, ran};

fn dist(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist").join(name)
}

/// The settings of a unit: names and values, in their order. Lines that end in a backslash go on in the next.
fn unit(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(dist(name)).unwrap().replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty());
    lines.map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name.into(), value.into())).collect()
}

/// The one value of a setting.
fn value<'u>(unit: &'u [(String, String)], name: &str) -> &'u str {
    let values: Vec<&str> =
        unit.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
    assert_eq!(values.len(), 1, "{name}: {values:?}");
    values[0]
}

#[test]
fn the_units_are_such_as_systemd_understands() {
    let service = unit("strongroom.service");
    assert_eq!(value(&service, "Requires"), "strongroom.socket");
    assert_eq!(value(&service, "Type"), "notify");
    let drain = strongroom_server::Limits::default().drain_time.as_secs();
    assert!(value(&service, "TimeoutStopSec").parse::<u64>().unwrap() > drain, "what is under way is killed");
    assert_eq!(value(&unit("strongroom.socket"), "ListenStream"), "8443");
    // The program is not installed where this runs.
    let folder = super::folder();
    let copy = |name: &str| {
        let text = std::fs::read_to_string(dist(name)).unwrap().replace("/usr/bin/strongroom", "/bin/true");
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["verify", "--man=no"]).arg(copy("strongroom.service")).arg(copy("strongroom.socket"));
    match analyze.output() {
        // What it does not know it says, and goes on.
        Ok(ran) => {
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert!(ran.status.success() && !said.contains("strongroom."), "{said}");
        }
        Err(error) => println!("SKIPPED: systemd-analyze cannot be had: {error}"),
    }
}

#[test]
fn what_the_service_starts_takes_the_socket_says_when_it_is_ready_and_ends_in_order() {
    let service = unit("strongroom.service");
    let kept = Kept::new();
    certificate(kept.folder.path(), "localhost");
    let mut credentials: BTreeMap<String, &str> = BTreeMap::new();
    for (_, value) in service.iter().filter(|(name, _)| name == "LoadCredential") {
        let (name, source) = value.split_once(':').unwrap();
        let files = [
            ("/etc/strongroom/key-file", "app.key"),
            ("/etc/strongroom/fullchain.pem", "tls.pem"),
            ("/etc/strongroom/privkey.pem", "tls.key"),
        ];
        let file = files.iter().find(|(known, _)| *known == source).unwrap().1;
        credentials.insert(format!("%d/{name}"), file);
    }
    let state = format!("%S/{}", value(&service, "StateDirectory"));
    let mut words = value(&service, "ExecStart").split_whitespace();
    assert_eq!(words.next(), Some("/usr/bin/strongroom"));
    let mut used = 0;
    let arguments: Vec<String> = words
        .map(|word| match credentials.get(word) {
            Some(file) => {
                used += 1;
                (*file).to_owned()
            }
            None if word == state => "data".to_owned(),
            None if word == "127.0.0.1:9464" => "127.0.0.1:0".to_owned(),
            None => word.to_owned(),
        })
        .collect();
    assert_eq!(used, credentials.len(), "{arguments:?}");
    assert!(!arguments.iter().any(|argument| argument.contains('%')), "{arguments:?}");

    let notified = UnixDatagram::bind(kept.path("notify")).unwrap();
    notified.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let told = || {
        let mut state = [0; 100];
        let len = notified.recv(&mut state).unwrap();
        String::from_utf8(state[..len].to_vec()).unwrap()
    };
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", socket.local_addr().unwrap().port());
    // As systemd hands it over: open, in the third place, to the process of this number.
    let mut command = Command::new("sh");
    command
        .args(["-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\" 3<&0 </dev/null", "sh"])
        .arg(env!("CARGO_BIN_EXE_strongroom"))
        .args(&arguments)
        .current_dir(kept.folder.path())
        .env("NOTIFY_SOCKET", kept.path("notify"))
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(socket)))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut serving = Serving { child: command.spawn().unwrap(), url };
    assert_eq!(told(), "READY=1");
    let list = ["key", "list", "--ca-file", "tls.pem"];
    let listed = kept.at(&serving.url, &kept.alice, &list, b"");
    assert_eq!(listed.0, 0, "{}", listed.2);
    let signal = |name: &str| {
        let id = serving.child.id().to_string();
        assert!(Command::new("kill").args([name, id.as_str()]).status().unwrap().success());
    };
    signal("-HUP");
    assert_eq!((told(), told()), ("RELOADING=1".to_owned(), "READY=1".to_owned()));
    signal("-TERM");
    assert_eq!(told(), "STOPPING=1");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_container_recipe_names_what_there_is() {
    let text = std::fs::read_to_string(dist("Containerfile")).unwrap();
    let (comments, steps): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
    let step = |beginning: &str| {
        let found: Vec<&str> = steps.iter().filter_map(|step| step.strip_prefix(beginning)).collect();
        assert_eq!(found.len(), 1, "{beginning}: {found:?}");
        found[0]
    };
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = std::fs::read_to_string(manifest.join("Cargo.toml")).unwrap();
    let workspace = std::fs::read_to_string(manifest.join("../Cargo.toml")).unwrap();
    // The compiler is the oldest that will do, so that the recipe says so when it no longer does.
    let rust = step("FROM rust:").split("-slim").next().unwrap();
    assert!(workspace.contains(&format!("rust-version = \"{rust}\"")), "{rust}");
    let build = step("RUN cargo ");
    let built: Vec<&str> = build.split(' ').collect();
    assert_eq!(built[..4], ["build", "--release", "--locked", "--package"]);
    assert!(package.contains(&format!("name = \"{}\"", built[4])), "{build}");
    assert!(manifest.join("../Cargo.lock").is_file());
    let program = step("COPY --from=build ").split(' ').collect::<Vec<_>>();
    let folder = step("WORKDIR ");
    let name = Path::new(env!("CARGO_BIN_EXE_strongroom")).file_name().unwrap().to_str().unwrap();
    assert_eq!(program, [format!("{folder}/target/release/{name}"), format!("/usr/local/bin/{name}")]);
    assert_eq!(step("ENTRYPOINT "), format!("[\"{name}\"]"));
    let (user, volume) = (step("USER "), step("VOLUME "));
    let made = step("RUN useradd ");
    assert!(made.contains(&format!("--home-dir {volume} {user}")), "{made}");
    assert!(made.contains(&format!("install -d -o {user} -g {user} -m 0700 {volume}")), "{made}");

    // The lines in its head are commands: what stands behind the image's name is typed here, with the paths of this folder.
    let head: Vec<&str> = comments.iter().map(|line| line.trim_start_matches('#').trim()).collect();
    let head = head.join("\n").replace("\\\n", " ");
    let mut served = 0;
    for line in head.lines().filter(|line| line.starts_with("podman run ")) {
        let words: Vec<&str> = line.split_once(" strongroom ").unwrap().1.split_whitespace().collect();
        let kept = Kept::new();
        let is_dev = words.contains(&"--dev");
        let arguments: Vec<String> = words
            .iter()
            .map(|word| match *word {
                "/data" if is_dev => "dev".to_owned(),
                "/data" => "data".to_owned(),
                "/run/vault.key" => "app.key".to_owned(),
                "0.0.0.0:8443" | "127.0.0.1:8080" => "127.0.0.1:0".to_owned(),
                other => other.to_owned(),
            })
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let serving = Serving::start(&mut kept.command(&arguments));
        let mut asked =
            kept.command(&["--endpoint", &serving.url, "key", "list", "--region", super::kept::REGION]);
        asked.env("AWS_ACCESS_KEY_ID", &kept.alice.0).env("AWS_SECRET_ACCESS_KEY", &kept.alice.1);
        assert_eq!(ran(&mut asked, b"").0, 0, "{line}");
        served += 1;
    }
    assert_eq!(served, 2, "{head}");
}
