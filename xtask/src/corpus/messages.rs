//! Messages on the line to a device, one of each kind.

use strongroom_core::device::{
    Administration, Answer, Ask, Board, Data, Family, Figures, Keys, Macs, Request, SealedVector, Streaming,
    write,
};

use super::{Seed, seed};

/// The longest of these messages.
const LEN_MAX: usize = 512;
/// The key that the target's vault has under this name.
const KEY: &str = "alias/a";

/// Requests and answers without frames, which the target puts round them; and a frame.
pub(super) fn seeds() -> Result<Vec<Seed>, String> {
    let context = || [("purpose", "fuzzing")].into_iter().collect();
    let asks = [
        Ask::Data(Data::Encrypt { key: KEY, plaintext: b"x", context: context() }),
        Ask::Data(Data::Decrypt { ciphertext: &[1; 92], context: context() }),
        Ask::Data(Data::GenerateDataKey { key: KEY, number_of_bytes: 32, context: context() }),
        Ask::Data(Data::GenerateRandom { number_of_bytes: 32 }),
        Ask::Keys(Keys::Create { description: "a key", policy: None, is_for_macs: false }),
        Ask::Keys(Keys::Create { description: "", policy: Some(&[1; 8]), is_for_macs: true }),
        Ask::Keys(Keys::Describe(KEY)),
        Ask::Keys(Keys::Rotate("a")),
        Ask::Keys(Keys::Enable("a")),
        Ask::Keys(Keys::Disable("a")),
        Ask::Keys(Keys::PutPolicy { key: "a", policy: &[1; 8] }),
        Ask::Keys(Keys::ScheduleDeletion { key: "a", days: 7 }),
        Ask::Keys(Keys::CancelDeletion("a")),
        Ask::Keys(Keys::ConfirmDeletion("a")),
        Ask::Macs(Macs::Generate { key: KEY, message: b"x" }),
        Ask::Macs(Macs::Verify { key: KEY, message: b"x", mac: &[2; 32] }),
        Ask::Streams(Streaming::Begin { key: KEY, context: context() }),
        Ask::Streams(Streaming::Seal { plaintext: b"x", is_last: true }),
        Ask::Streams(Streaming::Open { header: &[3; 148], context: context() }),
        Ask::Streams(Streaming::OpenSegment { index: 0, is_last: true, segment: &[4; 61] }),
        Ask::Administration(Administration::Posture),
        Ask::Administration(Administration::AcceptTime { time_ms: Some(1 << 40) }),
        Ask::Administration(Administration::Tick { steps: 3 }),
        Ask::Administration(Administration::FlushAudit),
    ];
    let mut requests: Vec<Request<'_>> =
        asks.into_iter().map(|ask| Request::Vault { caller: "", ask }).collect();
    let posture = Ask::Administration(Administration::Posture);
    requests.push(Request::Vault { caller: "operator", ask: posture });
    let vector = SealedVector {
        key: [1; 32],
        purpose: 1,
        owner: [2; 16],
        version: 1,
        associated: b"x",
        sealed: &[3; 80],
    };
    requests.extend(
        [
            Board::Start { seed: [1; 32], wall_ms: Some(1) },
            Board::Mount { secret: &[7; 32] },
            Board::Create { secret: &[7; 32] },
            Board::Close,
            Board::Figures,
            Board::OpenSealed(vector),
            Board::Exit(0),
        ]
        .map(Request::Board),
    );
    let answers = [
        Answer::Done,
        Answer::Refused { code: "NotFoundException" },
        Answer::Garbled,
        Answer::NotBuilt(Family::Streams),
        Answer::SelfTestFailed,
        Answer::Started { board: "a board" },
        Answer::Key { key_id: [1; 16], version: 1, is_enabled: true },
        Answer::Bytes { version: 1, bytes: b"x" },
        Answer::DataKey { plaintext: &[1; 32], ciphertext: &[2; 92] },
        Answer::Destroyed { is_erased: true },
        Answer::Figures(Figures::default()),
    ];
    let mut messages = Vec::new();
    for request in &requests {
        messages.push(encoded(request)?);
    }
    for answer in &answers {
        messages.push(encoded(answer)?);
    }
    let mut seeds: Vec<Seed> =
        messages.iter().enumerate().map(|(number, message)| unframed(number, &[message])).collect();
    // A stream from its beginning to its end, and a key from its beginning to near its end.
    for (number, several) in [messages.get(16..20), messages.get(4..14)].into_iter().flatten().enumerate() {
        seeds.push(unframed(messages.len().saturating_add(number), &several.iter().collect::<Vec<_>>()));
    }
    // COBS of nothing, of what is too short, and of what is none.
    seeds.push(seed("device", "frames", &[&[0], &[1, 0, 3, 1, 1, 0, 9, 1, 0, 0]]));
    Ok(seeds)
}

fn encoded(message: &impl serde::Serialize) -> Result<Vec<u8>, String> {
    let mut plain = [0; LEN_MAX];
    let len = write(message, &mut plain).map_err(|_| "a message is longer than its room")?;
    Ok(plain.iter().take(len).copied().collect())
}

/// Messages one behind the other, each behind its length.
fn unframed(number: usize, messages: &[&Vec<u8>]) -> Seed {
    let mut bytes = vec![1];
    for message in messages {
        bytes.extend(u16::try_from(message.len()).unwrap_or_default().to_be_bytes());
        bytes.extend_from_slice(message);
    }
    seed("device", &format!("message-{number:02}"), &[&bytes])
}
