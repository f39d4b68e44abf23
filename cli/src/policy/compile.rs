//! `policy compile` and `policy decompile`.

use std::fs;
use std::path::Path;

use strongroom_std::policy_json::to_json;

use super::source;
use crate::Answer;
use crate::arguments::{Compile, Decompile};
use crate::error::CommandError;
use crate::input;
use crate::output::Output;

/// JSON to the compiled form. The file is written only if all is well.
pub(super) fn compile(arguments: &Compile, output: &mut Output) -> Result<Answer, CommandError> {
    let to_file = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    if to_file.is_none() && output.is_terminal() {
        return Err(CommandError::new(
            "a compiled policy is not text, and standard output is a terminal; name a file with `-o`",
        ));
    }
    let compiled = source::compiled(&arguments.file, arguments.kind.policy_kind())?;
    let target = match to_file {
        Some(path) => {
            fs::write(path, &compiled).map_err(|error| CommandError::file(path, &error))?;
            input::name(path)
        }
        None => {
            output.bytes(&compiled)?;
            "standard output".to_owned()
        }
    };
    let json = to_json(&compiled).map_err(CommandError::new)?;
    let (len, name) = (compiled.len(), input::name(&arguments.file));
    output.flush()?;
    output.remark(&format!("{name}: {len} bytes to {target}, {} as readable JSON", json.len()))?;
    Ok(Answer::Yes)
}

/// The compiled form to JSON.
pub(super) fn decompile(arguments: &Decompile, output: &mut Output) -> Result<Answer, CommandError> {
    let compiled = input::read(&arguments.file)?;
    let json = to_json(&compiled)
        .map_err(|error| CommandError::new(format_args!("{}: {error}", input::name(&arguments.file))))?;
    output.text(&json)?;
    Ok(Answer::Yes)
}
