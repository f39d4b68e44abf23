//! Message authentication codes.

use serde::Deserialize;
use strongroom_std::MacOutput;
use strongroom_std::operation::{
    GenerateMac, GenerateVersionedMac, VerifiedMac, VerifyMac, VerifyVersionedMac,
};

use super::answers::MadeBy;
use super::asked::{Answer, Asked};
use super::endpoint::{Endpoint, bytes, grant_tokens, hex, key_id};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told<'a> {
    key_id: &'a str,
    /// Not where one was verified.
    mac: Option<&'a str>,
    #[serde(borrow)]
    facts: Facts<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Facts<'a> {
    version: u32,
    key_material_id: &'a str,
}

impl Told<'_> {
    fn made_by(&self) -> Answer<MadeBy> {
        Ok(MadeBy {
            key_id: key_id(self.key_id)?,
            version: self.facts.version,
            key_material_id: hex(self.facts.key_material_id)?,
        })
    }
}

impl Endpoint {
    fn generate(&self, operation: &str, request: &GenerateMac<'_>) -> Answer<MacOutput> {
        let answered = self.ask(operation, |arguments| {
            arguments.blob("Message", request.message);
            arguments.text("KeyId", request.key_id);
            arguments.text("MacAlgorithm", request.mac_algorithm.name());
            grant_tokens(arguments, request.grant_tokens);
            arguments.truth("DryRun", request.dry_run);
            arguments.truth("Facts", true);
        })?;
        let told: Told<'_> = answered.read()?;
        let mac = bytes(told.mac.unwrap_or_default())?.to_vec();
        let MadeBy { key_id, version, key_material_id } = told.made_by()?;
        Ok(MacOutput { mac, key_id, version, key_material_id })
    }

    fn verify(&self, operation: &str, request: &VerifyMac<'_>) -> Answer<MadeBy> {
        let answered = self.ask(operation, |arguments| {
            arguments.blob("Message", request.message);
            arguments.blob("Mac", request.mac);
            arguments.text("KeyId", request.key_id);
            arguments.text("MacAlgorithm", request.mac_algorithm.name());
            grant_tokens(arguments, request.grant_tokens);
            arguments.truth("DryRun", request.dry_run);
            arguments.truth("Facts", true);
        })?;
        answered.read::<Told<'_>>()?.made_by()
    }
}

impl From<VerifiedMac> for MadeBy {
    fn from(verified: VerifiedMac) -> Self {
        MadeBy {
            key_id: verified.key_id,
            version: verified.version,
            key_material_id: verified.key_material_id,
        }
    }
}

impl Asked<'_> {
    pub(crate) fn generate_mac(&self, request: GenerateMac<'_>) -> Answer<MacOutput> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.generate_mac(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint.generate("GenerateMac", &request),
        }
    }

    pub(crate) fn generate_versioned_mac(&self, request: GenerateVersionedMac<'_>) -> Answer<MacOutput> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.generate_versioned_mac(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint.generate("GenerateVersionedMac", &request.0),
        }
    }

    pub(crate) fn verify_mac(&self, request: VerifyMac<'_>) -> Answer<MadeBy> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.verify_mac(caller, request)?.into()),
            Asked::Endpoint(endpoint) => endpoint.verify("VerifyMac", &request),
        }
    }

    pub(crate) fn verify_versioned_mac(&self, request: VerifyVersionedMac<'_>) -> Answer<MadeBy> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.verify_versioned_mac(caller, request)?.into()),
            Asked::Endpoint(endpoint) => endpoint.verify("VerifyVersionedMac", &request.0),
        }
    }
}
