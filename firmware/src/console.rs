//! Frames on the board's serial line.

use crate::board::Board;

/// Reads up to the zero that ends a frame: its length, or `None` for one that is longer than the buffer, of which nothing
/// is kept.
pub fn read_frame(board: &Board, buffer: &mut [u8]) -> Option<usize> {
    let mut len: usize = 0;
    loop {
        match board.read_byte() {
            0 => return (len <= buffer.len()).then_some(len),
            byte => {
                if let Some(place) = buffer.get_mut(len) {
                    *place = byte;
                }
                len = len.saturating_add(1);
            }
        }
    }
}

/// Tells the host that the line is heard from here on: the end of a frame with nothing in it. A byte that came before may be lost.
pub fn announce(board: &Board) {
    write_frame(board, &[0]);
}

/// Writes a frame with its zero.
pub fn write_frame(board: &Board, frame: &[u8]) {
    frame.iter().for_each(|byte| board.write_byte(*byte));
}
