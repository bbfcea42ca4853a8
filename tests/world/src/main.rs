//! Writes the sample world again: `cargo run -p aftercare-world`.

use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in aftercare_world::generate() {
        let path = root.join(&file.path);
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(&path, &file.bytes)?;
        println!("{:>9} bytes  {}", file.bytes.len(), file.path);
    }
    Ok(())
}
