//! `export`: a vault as a file that declares it, with its policies beside it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use strongroom_std::keys_as_code;

use crate::Answer;
use crate::error::CommandError;
use crate::new_file::NewFile;
use crate::output::Output;
use crate::session::{VaultOptions, with_vault};

#[derive(Debug, Args)]
#[command(after_help = "\
Policies other than the default one go into the folder `policies` beside the file. A plan of the
file has no steps. There are no secrets in it. Keys whose deletion is scheduled are left out.

Examples:
  strongroom export -o keys.toml && strongroom plan keys.toml
  strongroom export --json")]
pub(crate) struct Export {
    /// Where it goes; without it, to standard output, if no policies have to go beside it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    options: VaultOptions,
}

#[derive(Serialize)]
struct ExportInJson {
    /// `null` for standard output.
    file: Option<String>,
    toml: String,
    policies: BTreeMap<String, String>,
    left_out: Vec<String>,
}

/// Writes it.
pub(crate) fn export(arguments: &Export, output: &mut Output) -> Result<Answer, CommandError> {
    let Export { output: file, force, options } = arguments;
    if let Some(path) = file {
        NewFile::check(path, *force)?;
    }
    let export = with_vault(options, |session| session.ask(keys_as_code::Export::of))?;
    if let Some(path) = file {
        write(path, &export, *force)?;
    }
    if output.is_json() {
        let policies = export.policies.iter().map(|(path, text)| (path.display().to_string(), text.clone()));
        output.json(&ExportInJson {
            file: file.as_ref().map(|path| path.display().to_string()),
            policies: policies.collect(),
            left_out: export.left_out.iter().map(ToString::to_string).collect(),
            toml: export.toml,
        })?;
        return Ok(Answer::Yes);
    }
    let left_out = match export.left_out.len() {
        0 => String::new(),
        count => format!("; {count} left out: their deletion is scheduled"),
    };
    match file {
        Some(path) => {
            let count = export.policies.len();
            output
                .line(&format!("{}: written, with {count} policies beside it{left_out}", path.display()))?;
        }
        None if !export.policies.is_empty() => {
            return Err(CommandError::new("policies go into files beside this one, and it has no name")
                .next("give -o FILE, or --json, which prints them too"));
        }
        None => {
            output.text(&export.toml)?;
            output.flush()?;
            if !left_out.is_empty() {
                output.remark(left_out.trim_start_matches("; "))?;
            }
        }
    }
    Ok(Answer::Yes)
}

/// All files, or none: each is written before the first one takes its name.
fn write(path: &Path, export: &keys_as_code::Export, force: bool) -> Result<(), CommandError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    let mut made = Made::default();
    for (beside, text) in &export.policies {
        let place = folder.join(beside);
        NewFile::check(&place, force)?;
        if let Some(its_folder) = place.parent() {
            made.folder(its_folder)?;
        }
        files.push((place, text));
    }
    files.push((path.to_owned(), &export.toml));
    let mut begun = Vec::new();
    for (place, text) in &files {
        let mut file = NewFile::begin(place, force)?;
        file.write_all(text.as_bytes()).map_err(|error| CommandError::written(place, &error))?;
        begun.push((place, file));
    }
    for (place, file) in begun {
        let is_new = fs::symlink_metadata(place).is_err();
        file.keep()?;
        if is_new {
            made.paths.push(place.clone());
        }
    }
    made.paths.clear();
    Ok(())
}

/// Files and folders that go again unless all goes well.
#[derive(Default)]
struct Made {
    paths: Vec<PathBuf>,
}

impl Made {
    fn folder(&mut self, folder: &Path) -> Result<(), CommandError> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        fs::create_dir(folder).map_err(|error| CommandError::written(folder, &error))?;
        self.paths.push(folder.to_owned());
        Ok(())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // The last one first: a folder is empty then.
        for path in self.paths.iter().rev() {
            let _ = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
        }
    }
}
