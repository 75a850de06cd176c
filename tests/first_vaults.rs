//! The first vaults of a process, opened by many threads at the same moment. A file of its own: SQLCipher's start happens
//! once in a process.

use std::sync::Barrier;

use pag_bert::vault::{Kdf, Passphrase, Vault};

#[test]
fn many_threads_may_open_the_first_one() {
    const THREADS: usize = 16;
    let home = tempfile::tempdir().unwrap();
    let together = Barrier::new(THREADS);
    let made: Vec<_> = std::thread::scope(|scope| {
        let make = |number: usize| {
            let folder = home.path().join(number.to_string());
            let passphrase = Passphrase::new("una frase de paso larga").unwrap();
            together.wait();
            Vault::create(&folder, &passphrase, Kdf { memory_kib: 8, passes: 1 }).map(drop)
        };
        let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || make(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for one in made {
        one.unwrap();
    }
}
