//! A client that is told to come back later comes back.

use strongroom_server::client::{Address, Client, Object};
use strongroom_server::signature::Signer;
use strongroom_server::{Server, Settings};
use strongroom_std::Caller;
use strongroom_std::operation::PutQuotas;
use strongroom_std::quota::{Quotas, RequestRates};
use zeroize::Zeroizing;

use super::kept::{ACCOUNT, Kept, REGION};
use super::raw::Sent;

/// More than are answered in one second.
const REQUESTS: usize = 12;

#[test]
fn a_client_that_is_refused_for_too_many_requests_asks_again_until_it_is_answered() {
    let mut kept = Kept::idle();
    let vault = kept.vault();
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let quotas = Quotas { request_rates: RequestRates::aws(), ..Quotas::aws() };
    vault.put_quotas(&Caller::new(&root).unwrap(), PutQuotas { quotas }).unwrap();
    vault.close().unwrap();
    kept.server = Some(Server::start(Settings { ..kept.settings() }).unwrap());

    let body = format!(r#"{{"KeyId":"{}","Description":"of many"}}"#, kept.key_id);
    let refused = (0..REQUESTS)
        .map(|_| Sent::by(&kept.alice, "UpdateKeyDescription", &body).send(kept.address()).exception())
        .filter(|exception| exception == "ThrottlingException")
        .count();
    assert!(refused > 0);

    let address = Address::parse(&format!("http://{}", kept.address())).unwrap();
    let secret = Zeroizing::new(kept.alice.secret.clone());
    let signer = Signer::new(kept.alice.id.as_str().to_owned(), secret, None);
    let client = Client::new(address, signer, REGION.to_owned(), None).unwrap();
    for number in 0..REQUESTS {
        let mut arguments = Object::new();
        arguments.text("KeyId", &kept.key_id);
        arguments.text("Description", &format!("number {number}"));
        client.ask("UpdateKeyDescription", arguments).unwrap();
    }
}
