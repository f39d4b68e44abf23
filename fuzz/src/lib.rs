//! What the fuzz targets share: a platform whose storage belongs to the attacker.
//!
//! Nothing here weakens the library under test: there is no `cfg` in it for fuzzing. Where a target wants to get past
//! the seals, it brings primitives of its own, [`transparent::Transparent`].

pub mod changed;
pub mod exchange;
pub mod furnished;
pub mod image;
pub mod input;
pub mod leak;
pub mod policy;
pub mod scribble;
pub mod storage;
pub mod transparent;
pub mod world;
// What the tests look for, draw from and import with, too.
#[path = "../../tests/world/canaries.rs"]
pub mod canaries;
#[path = "../../tests/world/entropy.rs"]
pub mod entropy;
#[path = "../../tests/world/wrapping.rs"]
pub mod wrapping;

use canaries::Canaries;
use world::root;
