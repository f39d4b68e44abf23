//! `help`, `completions`, `man`: the command explained, for people and for shells.

#[cfg(test)]
mod tests;
mod topics;

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man as Page;
use strongroom_std::policy_json::nearest_name;

use crate::Answer;
use crate::arguments::Arguments;
use crate::error::CommandError;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Help {
    /// A topic, or a command: `strongroom help slots`, `strongroom help key create`
    #[arg(value_name = "TOPIC")]
    words: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom completions bash >~/.local/share/bash-completion/completions/strongroom
  strongroom completions zsh >~/.zfunc/_strongroom
  strongroom completions fish >~/.config/fish/completions/strongroom.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom man | man -l -
  strongroom man --output ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write the pages of all commands into this folder
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Explains.
pub(crate) fn run(arguments: &Help, output: &mut Output) -> Result<Answer, CommandError> {
    let mut command = Arguments::command().bin_name("strongroom");
    command.build();
    if let [word] = arguments.words.as_slice()
        && let Some(text) = topics::text(word)
    {
        output.text(text)?;
        return Ok(Answer::Yes);
    }
    let mut at = &mut command;
    for word in &arguments.words {
        let names: Vec<String> = at.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        let Some(next) = at.find_subcommand_mut(word) else {
            let mut known: Vec<&str> = names.iter().map(String::as_str).collect();
            topics::names().for_each(|topic| known.push(topic));
            let unknown = CommandError::new(format_args!("there is no topic or command `{word}`"));
            return Err(match nearest_name(word, known) {
                Some(nearest) => unknown.next(format!("did you mean `{nearest}`?")),
                None => unknown.next(format!("topics: {}", topics::names().collect::<Vec<_>>().join(", "))),
            });
        };
        at = next;
    }
    output.text(&at.render_long_help().to_string())?;
    if arguments.words.is_empty() {
        output.line(&format!("\nTopics: {}", topics::names().collect::<Vec<_>>().join(", ")))?;
    }
    Ok(Answer::Yes)
}

/// Prints what a shell needs to complete words.
pub(crate) fn completions(arguments: &Completions, output: &mut Output) -> Result<Answer, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "strongroom", &mut script);
    output.bytes(&script)?;
    Ok(Answer::Yes)
}

/// Prints the manual page, or writes all of them.
pub(crate) fn man(arguments: &Man, output: &mut Output) -> Result<Answer, CommandError> {
    match &arguments.output {
        Some(folder) => {
            clap_mangen::generate_to(Arguments::command(), folder)
                .map_err(|error| CommandError::written(folder, &error))?;
        }
        None => {
            let mut page = Vec::new();
            Page::new(Arguments::command()).render(&mut page)?;
            output.bytes(&page)?;
        }
    }
    Ok(Answer::Yes)
}
