//! Answering requests, one at a time.

use core::cell::{Cell, RefCell};

use strongroom_core::device::{self, Answer, Ask, Board as ToBoard, Figures, Request, Streams};
use strongroom_core::error::StorageError;
use strongroom_core::flash::FlashError;
use strongroom_core::{Error, Secret};
#[cfg(feature = "create")]
use strongroom_core::{NewSlot, NewVault, Realm, SlotKind, SlotParameters};

use crate::board::{self, Alone, Board};
use crate::console::{announce, read_frame, write_frame};
use crate::device::{clock, entropy, vault};
use crate::layout::MESSAGE_LEN;
use crate::primitives::{Crypto, take_spent};

/// Room for a message and its frame.
const LINE_LEN: usize = device::frame_len(MESSAGE_LEN);

/// Whether the power-on self-test has passed.
static IS_FIT: Alone<Cell<bool>> = Alone::new(Cell::new(false));

/// What a session holds between requests, and the buffers of the line: requests come into one, results go out of the other.
struct Desk {
    line: [u8; LINE_LEN],
    out: [u8; LINE_LEN],
    last_ticks: u64,
}

static DESK: Alone<RefCell<Desk>> =
    Alone::new(RefCell::new(Desk { line: [0; LINE_LEN], out: [0; LINE_LEN], last_ticks: 0 }));
static STREAMS: Alone<RefCell<Streams<Crypto>>> = Alone::new(RefCell::new(Streams::new()));

/// Answers requests until one ends the program.
pub fn serve(board: &Board) -> ! {
    let Ok(mut desk) = DESK.try_borrow_mut() else { board::exit(102) };
    announce(board);
    loop {
        let Desk { line, out, last_ticks } = &mut *desk;
        let len = read_frame(board, line);
        let started = board::ticks();
        let answer = answer(len.and_then(|len| line.get_mut(..len)), *last_ticks, out);
        *last_ticks = board::ticks().saturating_sub(started);
        let encoded = device::write(&answer, line);
        let frame = encoded.and_then(|len| device::frame_of(line, len, out));
        match frame {
            Ok(frame) => write_frame(board, frame),
            // An answer fits: its bytes are no longer than the buffer they were made in. The host would wait for another for ever.
            Err(_) => board::exit(104),
        }
        line.fill(0);
        out.fill(0);
    }
}

/// The answer to the request in a frame.
fn answer<'o>(frame: Option<&mut [u8]>, last_ticks: u64, out: &'o mut [u8]) -> Answer<'o> {
    let answer = match frame.and_then(|frame| device::decode(frame).ok()) {
        Some(Request::Board(ask)) => to_board(&ask, last_ticks, out),
        Some(Request::Vault { caller, ask }) => to_vault(caller, &ask, out),
        None => Ok(Answer::Garbled),
    };
    answer.unwrap_or_else(|error| Answer::refused(&error))
}

fn to_board<'o>(ask: &ToBoard<'_>, last_ticks: u64, out: &'o mut [u8]) -> Result<Answer<'o>, Error> {
    // Only test vectors are answered with bytes.
    let _ = &out;
    match ask {
        ToBoard::Start { seed, wall_ms } => {
            entropy().seed(*seed);
            clock().set(*wall_ms);
            // The power-on self-test: until it has passed, nothing opens the vault.
            let is_fit = in_flash()?.self_test().is_ok();
            IS_FIT.set(is_fit);
            Ok(if is_fit { Answer::Started { board: board::NAME } } else { Answer::SelfTestFailed })
        }
        ToBoard::Mount { secret } => mount(secret),
        #[cfg(feature = "create")]
        ToBoard::Create { secret } => create(secret),
        #[cfg(not(feature = "create"))]
        ToBoard::Create { .. } => Ok(Answer::NotBuilt(device::Family::Create)),
        ToBoard::Close => close(),
        ToBoard::Figures => {
            let stack_peak = board::stack_peak();
            // So that the next figure is of the next requests alone.
            board::paint_stack();
            let instructions_per_tick = board::INSTRUCTIONS_PER_TICK;
            let primitives = take_spent();
            Ok(Answer::Figures(Figures { stack_peak, last_ticks, instructions_per_tick, primitives }))
        }
        #[cfg(feature = "vectors")]
        ToBoard::OpenSealed(sealed) => device::open_sealed::<Crypto>(sealed, out),
        #[cfg(not(feature = "vectors"))]
        ToBoard::OpenSealed { .. } => Ok(Answer::NotBuilt(device::Family::Vectors)),
        ToBoard::Exit(status) => board::exit(*status),
    }
}

// What needs much stack has frames of its own, so that requests do not go on top of them.

#[inline(never)]
fn mount(secret: &[u8]) -> Result<Answer<'static>, Error> {
    opened()?.mount(&mut |_, to| give(secret, to)).map(|()| Answer::Done)
}

#[cfg(feature = "create")]
#[inline(never)]
fn create(secret: &[u8]) -> Result<Answer<'static>, Error> {
    let slots = [NewSlot { kind: SlotKind::KeyFile }];
    let new = NewVault { realm: Realm::default(), slots: &slots };
    opened()?.create(&new, &mut |_: &SlotParameters, to| give(secret, to)).map(|()| Answer::Done)
}

#[inline(never)]
fn close() -> Result<Answer<'static>, Error> {
    opened()?.close().map(|()| Answer::Done)
}

#[cfg_attr(
    not(feature = "streams"),
    expect(unused_variables, reason = "an image without some families does not use all of them")
)]
fn to_vault<'o>(caller: &str, ask: &Ask<'_>, out: &'o mut [u8]) -> Result<Answer<'o>, Error> {
    let vault = opened()?;
    let streams = &mut *STREAMS.try_borrow_mut().map_err(|_| Error::Busy)?;
    device::as_caller(vault, caller, |caller| match ask {
        #[cfg(feature = "data")]
        Ask::Data(ask) => device::data(vault, caller, ask, out),
        #[cfg(feature = "keys")]
        Ask::Keys(ask) => device::keys(vault, caller, ask, out),
        #[cfg(feature = "macs")]
        Ask::Macs(ask) => device::macs(vault, caller, ask, out),
        #[cfg(feature = "streams")]
        Ask::Streams(ask) => device::streams(vault, caller, streams, ask, out),
        #[cfg(feature = "administration")]
        Ask::Administration(ask) => device::administer(vault, caller, ask, out),
        #[cfg(not(all(
            feature = "data",
            feature = "keys",
            feature = "macs",
            feature = "streams",
            feature = "administration"
        )))]
        other => Ok(Answer::NotBuilt(other.family())),
    })
}

/// The vault, once the self-test has passed.
fn opened() -> Result<&'static strongroom_core::Vault<crate::device::Device>, Error> {
    if IS_FIT.get() { in_flash() } else { Err(Error::Locked) }
}

#[inline(never)]
fn in_flash() -> Result<&'static strongroom_core::Vault<crate::device::Device>, Error> {
    vault().map_err(|error| match error {
        FlashError::NotFormatted | FlashError::Blank => Error::NotAVault,
        FlashError::FromTheFuture { format } => Error::FromTheFuture { format },
        _ => Error::Storage(StorageError::Medium),
    })
}

/// The secret of a slot is what the host says.
fn give(secret: &[u8], to: &mut Secret<32>) -> Result<bool, Error> {
    let Some(secret) = secret.first_chunk::<32>() else { return Ok(false) };
    to.fill_with(|bytes| bytes.copy_from_slice(secret));
    Ok(true)
}
