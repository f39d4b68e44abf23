//! The commands, and the arguments of those about policies. Those of each other family stand with it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use strongroom_core::policy::PolicyKind;
use strongroom_server::client::Address;

use crate::alias::AliasCommand;
use crate::audit::AuditCommand;
use crate::backup::{Backup, Restore};
use crate::caller::CallerCommand;
use crate::data::{DataKey, Decrypt, Encrypt, MacCommand, Random, Reencrypt};
use crate::declared::{Apply, Export, Plan};
use crate::file::FileCommand;
use crate::grant::GrantCommand;
use crate::help::{Completions, Help, Man};
use crate::key::KeyCommand;
use crate::peer::PeerCommand;
use crate::policy::{GetPolicy, PutPolicy};
use crate::repair::Repair;
use crate::serve::Serve;
use crate::session::VaultOptions;
use crate::slot::SlotCommand;
use crate::tag::TagCommand;
use crate::vault::{Init, Salvage};

/// A key vault that fits inside a program.
#[derive(Debug, Parser)]
#[command(
    name = "strongroom",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
First steps:
  strongroom init
  strongroom key create --description settings --alias alias/settings
  echo hello | strongroom encrypt --key alias/settings --context file=a >a.sealed
  strongroom decrypt --context file=a <a.sealed

Exit status: 0 done or yes, 1 no or findings, 2 wrong usage, 3 denied, 4 not found,
5 the state forbids it, 6 wrong secret, 7 damaged, 8 busy, 9 anything else.
`strongroom help TOPIC` says more: vault, slots, keys, callers, context, files,
audit-log, keys-as-code, backups, json, exit-status."
)]
pub(crate) struct Arguments {
    /// Ask `strongroom serve` there, not a file: https://HOST:PORT, or http://127.0.0.1:PORT
    #[arg(long, value_name = "URL", global = true, value_parser = Address::parse, help_heading = "Endpoint")]
    pub(crate) endpoint: Option<Address>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a vault
    Init(Init),
    /// Say what the vault is, what opens it, and what is protected and what is not
    Status(VaultOptions),
    /// Manage what opens the vault: passphrases, key files, recovery shares
    #[command(arg_required_else_help = true)]
    Slot {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: SlotCommand,
    },
    /// Make keys, and look after them
    #[command(arg_required_else_help = true)]
    Key {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Give keys names
    #[command(arg_required_else_help = true)]
    Alias {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: AliasCommand,
    },
    /// Tag keys
    #[command(arg_required_else_help = true)]
    Tag {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: TagCommand,
    },
    /// Give a principal rights on one key, and take them back
    #[command(arg_required_else_help = true)]
    Grant {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: GrantCommand,
    },
    /// Keep callers: users and roles with their tags and policies
    #[command(arg_required_else_help = true)]
    Caller {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: CallerCommand,
    },
    /// Know other vaults, and be known to them
    #[command(arg_required_else_help = true)]
    Peer {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: PeerCommand,
    },
    /// Get and put policies of keys; check, compile, evaluate and explain policies
    #[command(subcommand, arg_required_else_help = true)]
    Policy(PolicyCommand),
    /// Say what would change to make the vault as a file declares it
    Plan(Plan),
    /// Make the vault as a file declares it
    Apply(Apply),
    /// Write a file that declares the vault as it is
    Export(Export),
    /// Encrypt a small secret: standard input to standard output
    Encrypt(Encrypt),
    /// Decrypt it again
    Decrypt(Decrypt),
    /// Move a ciphertext to another key, or to the current version of its own
    Reencrypt(Reencrypt),
    /// Encrypt, decrypt and rewrap files of any size
    #[command(arg_required_else_help = true)]
    File {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: FileCommand,
    },
    /// Make a data key, for encrypting anything of any size with
    DataKey(DataKey),
    /// Make and verify message authentication codes
    #[command(arg_required_else_help = true)]
    Mac {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: MacCommand,
    },
    /// Draw random bytes
    Random(Random),
    /// Read the audit log, and verify it
    #[command(arg_required_else_help = true)]
    Audit {
        #[command(flatten)]
        options: VaultOptions,
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Open every record once, and count what is damaged
    Verify(VaultOptions),
    /// Put right what can be put right in a damaged vault, and list what cannot
    Repair(Repair),
    /// Write the whole vault into a sealed bundle
    Backup(Backup),
    /// Make a vault of a bundle, or show that one could be made
    Restore(Restore),
    /// Bring what a damaged vault still holds into a new file
    Salvage(Salvage),
    /// Do what has come due: rotations, expiries, deletions
    Tick(VaultOptions),
    /// Let the vault believe that the time of the clock has passed, also while it was closed
    AcceptTime(VaultOptions),
    /// Serve vaults over the protocol of AWS KMS
    Serve(Serve),
    /// Explain a command or a topic
    Help(Help),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page, or write all of them
    Man(Man),
}

impl Command {
    /// Whether an endpoint can be asked for it.
    pub(crate) const fn is_for_endpoints(&self) -> bool {
        match self {
            Command::Key { command, .. } => !matches!(command, KeyCommand::DestroyDamaged(_)),
            Command::Policy(command) => matches!(command, PolicyCommand::Get(_) | PolicyCommand::Put(_)),
            // A file says itself what it is.
            Command::File { command, .. } => !matches!(command, FileCommand::Inspect(_)),
            Command::Caller { .. }
            | Command::Alias { .. }
            | Command::Tag { .. }
            | Command::Grant { .. }
            | Command::Encrypt(_)
            | Command::Decrypt(_)
            | Command::Reencrypt(_)
            | Command::DataKey(_)
            | Command::Mac { .. }
            | Command::Random(_) => true,
            Command::Init(_)
            | Command::Status(_)
            | Command::Slot { .. }
            | Command::Peer { .. }
            | Command::Plan(_)
            | Command::Apply(_)
            | Command::Export(_)
            | Command::Audit { .. }
            | Command::Verify(_)
            | Command::Repair(_)
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Salvage(_)
            | Command::Tick(_)
            | Command::AcceptTime(_)
            | Command::Serve(_)
            | Command::Help(_)
            | Command::Completions(_)
            | Command::Man(_) => false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the policy of a key as JSON
    Get(GetPolicy),
    /// Replace the policy of a key
    Put(PutPolicy),
    /// Decide requests: one JSON object a line in, one decision a line out
    Evaluate(Evaluate),
    /// Say what is wrong with a policy, and what it probably was not meant to do
    Check(Check),
    /// Turn a policy from JSON into the form that vaults store
    Compile(Compile),
    /// Turn a compiled policy back into JSON
    Decompile(Decompile),
    /// Decide one request, and say why in plain words
    Explain(Explain),
}

/// Where a policy is attached.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// To a key.
    Key,
    /// To a caller: a user or role.
    Identity,
}

impl Kind {
    pub(crate) fn policy_kind(self) -> PolicyKind {
        match self {
            Kind::Key => PolicyKind::Key,
            Kind::Identity => PolicyKind::Identity,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each line on standard input is an object with the members:
  id                 anything; it comes back as it is
  key_policy         the policy of the key, or null for an action without a key
  identity_policies  a list of policies of the caller
  request            principal, action, resource, and context: condition keys with
                     their values; a text is a single value, a list several

Other members are ignored. Nothing is derived: a condition key has a value only if the
context holds it. Each answer is an object with `id` and `decision`: Allow,
ExplicitDeny or ImplicitDeny, in the order of the requests. What cannot be read is
denied, and `error` says why. The exit status is 0 whatever the decisions are.

Example:
  strongroom policy evaluate --explain <requests.jsonl >decisions.jsonl")]
pub(crate) struct Evaluate {
    /// Add `because`: the statement that decided, or what kept the nearest one from matching
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Errors carry line and column. Findings say what never matches, what opens a key to
everyone, what other statements make useless, and what probably was meant. Statements
are counted from 0. The exit status is 1 if there is an error or a warning; notes
alone leave it 0.

Examples:
  strongroom policy check key-policy.json
  strongroom policy check --kind identity --json - <policy.json")]
pub(crate) struct Check {
    /// The policy in JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the policy is attached
    #[arg(long, value_enum, default_value = "key")]
    pub(crate) kind: Kind,
    /// The account of the key, so that other accounts can be told from it
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Firmware includes the compiled form and needs no JSON. Sizes go to standard error.

Examples:
  strongroom policy compile key-policy.json -o key-policy.bin
  strongroom policy compile - <policy.json >policy.bin")]
pub(crate) struct Compile {
    /// The policy in JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the bytes go; without it, or with `-`, to standard output unless that is a terminal
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Where the policy is attached
    #[arg(long, value_enum, default_value = "key")]
    pub(crate) kind: Kind,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  strongroom policy decompile key-policy.bin")]
pub(crate) struct Decompile {
    /// The compiled policy; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A condition key that is given twice has several values; NAME[]=VALUE makes a list of one.
The exit status is 0 if the request is allowed, and 1 if it is denied.

Example:
  strongroom policy explain --key-policy key-policy.json \\
    --principal arn:aws:iam::111122223333:user/alice --action kms:Decrypt \\
    --resource arn:aws:kms:us-east-1:111122223333:key/0000 \\
    --context kms:EncryptionContext:purpose=backup")]
pub(crate) struct Explain {
    /// The policy of the key in JSON; without it, the action is one without a key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_policy: Option<PathBuf>,
    /// A policy of the caller in JSON; may be repeated
    #[arg(long = "identity-policy", value_name = "FILE")]
    pub(crate) identity_policies: Vec<PathBuf>,
    /// Who asks: the ARN of a user, role, session or root user, or the name of a service
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: String,
    /// For what, such as `kms:Decrypt`
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: String,
    /// On what: the ARN of the key; for an action without a key it is `*`
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Option<String>,
    /// The value of a condition key; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) context: Vec<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
