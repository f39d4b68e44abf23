//! Where the bytes of a file come from and where they go, looked at before anything is asked for or written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::CommandError;
use crate::exit::Kind;
use crate::input;
use crate::output::Output;

/// Inputs and outputs.
#[derive(Debug, Args)]
pub(super) struct Places {
    /// The files; `-` is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Where the output goes, of one INPUT; `-` is standard output
    #[arg(short, long, value_name = "OUTPUT")]
    output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// Show no progress, and say nothing if it went well
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// One input and where its output goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) source: Source,
    pub(super) target: Target,
}

#[derive(Debug)]
pub(super) enum Source {
    Standard,
    File(PathBuf),
}

#[derive(Clone, Debug)]
pub(super) enum Target {
    Standard,
    /// A name that nothing had.
    New(PathBuf),
    /// A file that is to be replaced: the name that was given, and the file itself, since a link stays one.
    Existing {
        name: PathBuf,
        file: PathBuf,
    },
}

impl Places {
    /// What is to be done, with this output for a file that none is named for.
    pub(super) fn jobs(
        &self,
        output: &Output,
        place: impl Fn(&Path) -> Result<Target, CommandError>,
    ) -> Result<Vec<Job>, CommandError> {
        if self.inputs.len() > 1 && (self.output.is_some() || self.inputs.iter().any(|path| is_dash(path))) {
            return Err(CommandError::new("`-` and -o OUTPUT go with one INPUT")
                .next("give several files without them: each output gets a name of its own"));
        }
        let mut taken = BTreeSet::new();
        let mut jobs = Vec::with_capacity(self.inputs.len());
        for path in &self.inputs {
            let source = Source::at(path)?;
            let target = match (&self.output, &source) {
                (Some(named), _) if is_dash(named) => standard(output)?,
                (None, Source::Standard) => standard(output)?,
                (Some(named), _) => self.file(named.clone())?,
                (None, Source::File(path)) => place(path)?,
            };
            if let Target::New(path) | Target::Existing { file: path, .. } = &target
                && !taken.insert(path.clone())
            {
                return Err(CommandError::new(format_args!("`{}` would be written twice", path.display())));
            }
            jobs.push(Job { source, target });
        }
        Ok(jobs)
    }

    /// A file to write: none that is there, unless that is to be replaced.
    pub(super) fn file(&self, path: PathBuf) -> Result<Target, CommandError> {
        if path.symlink_metadata().is_err() {
            return Ok(Target::New(path));
        }
        match fs::metadata(&path) {
            Ok(found) if !found.is_file() => {
                Err(CommandError::new(format_args!("`{}` is there and is no file", path.display()))
                    .next("choose another name; `-o -` writes to standard output, which can go anywhere"))
            }
            _ if !self.force => Err(exists(&path)),
            _ => Target::replacing(&path),
        }
    }
}

impl Target {
    /// In the place of a file that is there.
    pub(super) fn replacing(path: &Path) -> Result<Self, CommandError> {
        let file = fs::canonicalize(path).map_err(|error| CommandError::written(path, &error))?;
        Ok(Target::Existing { name: path.to_owned(), file })
    }

    /// How it is called in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Target::Standard => "standard output".to_owned(),
            Target::New(path) | Target::Existing { name: path, .. } => path.display().to_string(),
        }
    }
}

/// A file that is there already, and stays as it is.
pub(super) fn exists(path: &Path) -> CommandError {
    CommandError::of(Kind::InvalidState, format_args!("`{}` exists already", path.display()))
        .next("choose another name with -o, or give --force to replace it")
}

/// Standard output, if nothing else needs it and nobody looks at it.
fn standard(output: &Output) -> Result<Target, CommandError> {
    if output.is_json() {
        return Err(CommandError::new("--json and the bytes cannot both go to standard output")
            .next("give -o OUTPUT, or leave --json out"));
    }
    if output.is_terminal() {
        return Err(CommandError::new(
            "standard output is a terminal, and what would be written is not for one",
        )
        .next("give -o OUTPUT, or send standard output to a file or a pipe"));
    }
    Ok(Target::Standard)
}

fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

impl Source {
    pub(super) fn at(path: &Path) -> Result<Self, CommandError> {
        if is_dash(path) {
            if io::stdin().is_terminal() {
                return Err(CommandError::new("standard input is a terminal, and would show what is typed")
                    .next("name a file, or send a file or a pipe to standard input"));
            }
            return Ok(Source::Standard);
        }
        match fs::metadata(path) {
            Err(error) => Err(CommandError::file(path, &error)),
            Ok(found) if found.is_dir() => Err(CommandError::new(format_args!(
                "{}: this is a folder",
                path.display()
            ))
            .next("name files; of a folder, make one first, such as with `tar -c FOLDER | strongroom file encrypt -`")),
            Ok(_) => Ok(Source::File(path.to_owned())),
        }
    }

    /// The path, if there is one.
    pub(super) fn path(&self) -> Option<String> {
        match self {
            Source::Standard => None,
            Source::File(path) => Some(path.display().to_string()),
        }
    }

    pub(super) fn open(&self) -> Result<Input, CommandError> {
        match self {
            Source::Standard => Ok(Input {
                name: "standard input".to_owned(),
                len: None,
                reader: Box::new(input::unbuffered()?),
            }),
            Source::File(path) => {
                let wrong = |error| CommandError::file(path, &error);
                let file = File::open(path).map_err(wrong)?;
                let found = file.metadata().map_err(wrong)?;
                let len = found.is_file().then_some(found.len());
                Ok(Input { name: path.display().to_string(), len, reader: Box::new(file) })
            }
        }
    }
}

/// An input that is open.
pub(super) struct Input {
    pub(super) name: String,
    /// How long it is, where that can be known beforehand.
    pub(super) len: Option<u64>,
    reader: Box<dyn Read>,
}

impl Input {
    /// Reads until the buffer is full or the input ends, and answers how much that was.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, CommandError> {
        let mut len = 0usize;
        while let Some(room) = buffer.get_mut(len..).filter(|room| !room.is_empty()) {
            match self.reader.read(room) {
                Ok(0) => break,
                Ok(more) => len = len.saturating_add(more),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.wrong(&error)),
            }
        }
        Ok(len)
    }

    /// That it cannot be read.
    pub(super) fn wrong(&self, error: &io::Error) -> CommandError {
        CommandError::file(Path::new(&self.name), error)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}
