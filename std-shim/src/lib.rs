//! A Strongroom vault in a sealed file, for many threads.
