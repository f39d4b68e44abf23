//! Which endpoint, for which Region, in whose name: as other clients of AWS KMS are told it.

use std::env;
use std::path::PathBuf;

use clap::Args;
use strongroom_server::client::{Address, Client};
use strongroom_server::signature::Signer;
use zeroize::Zeroizing;

use super::endpoint::Endpoint;
use super::{exception, needs_the_file};
use crate::error::CommandError;

/// Which endpoint.
#[derive(Debug, Args)]
#[command(next_help_heading = "Endpoint")]
pub(crate) struct EndpointOptions {
    /// Ask `strongroom serve` there, not a file: https://HOST:PORT, or http://127.0.0.1:PORT
    #[arg(long, value_name = "URL", global = true, value_parser = Address::parse)]
    endpoint: Option<Address>,
    /// The Region of its vault; else AWS_REGION, else AWS_DEFAULT_REGION
    #[arg(long = "region", id = "endpoint-region", value_name = "REGION", global = true)]
    region: Option<String>,
    /// The certificates to believe it by, in PEM; else AWS_CA_BUNDLE, else those of the platform
    #[arg(long, value_name = "FILE", global = true)]
    ca_file: Option<PathBuf>,
}

impl EndpointOptions {
    /// For commands that work on a file.
    pub(crate) fn not_given(&self) -> Result<(), CommandError> {
        match (&self.endpoint, &self.region, &self.ca_file) {
            (None, None, None) => Ok(()),
            (Some(_), ..) => Err(needs_the_file()),
            _ => Err(CommandError::new(
                "--region and --ca-file are about an endpoint: give --endpoint URL too",
            )),
        }
    }

    /// The endpoint, if one is named. Nothing is sent yet.
    pub(crate) fn open(&self) -> Result<Option<Endpoint>, CommandError> {
        let Some(address) = self.endpoint.clone() else { return Ok(None) };
        let region =
            self.region.clone().or_else(|| named("AWS_REGION")).or_else(|| named("AWS_DEFAULT_REGION"));
        let region = region.ok_or_else(|| {
            CommandError::new("nothing says of which Region the endpoint is to be asked")
                .next("give --region REGION, or set AWS_REGION")
        })?;
        let certificates = self.ca_file.clone().or_else(|| named("AWS_CA_BUNDLE").map(PathBuf::from));
        let client = Client::new(address, signer()?, region, certificates).map_err(exception::told)?;
        Ok(Some(Endpoint(client)))
    }
}

/// Who asks, by the environment.
fn signer() -> Result<Signer, CommandError> {
    let missing = |name: &str| {
        CommandError::new(format_args!("nothing says who asks the endpoint: {name} is not set"))
            .next("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `strongroom caller access-key create` makes them")
    };
    let access_key = named("AWS_ACCESS_KEY_ID").ok_or_else(|| missing("AWS_ACCESS_KEY_ID"))?;
    let secret = named("AWS_SECRET_ACCESS_KEY").ok_or_else(|| missing("AWS_SECRET_ACCESS_KEY"))?;
    let token = named("AWS_SESSION_TOKEN").map(Zeroizing::new);
    Ok(Signer::new(access_key, Zeroizing::new(secret), token))
}

/// A variable of the environment. Set to nothing it is as good as not set.
fn named(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
