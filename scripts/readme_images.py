"""Make the pictures of the README again: run the shipped experiments and keep their stroboscopes.

python scripts/readme_images.py [NAME ...]     (every picture when none is named; minutes each)
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMES = sys.argv[1:] or [path.stem for path in sorted((ROOT / "assets/images").glob("*.png"))]

for name in NAMES:
    run = ROOT / "runs" / "readme" / name
    shutil.rmtree(run, ignore_errors=True)
    command = [sys.executable, "-m", "robodiff", "optimize", f"configs/{name}.yaml", "-o", str(run)]
    subprocess.run(command, cwd=ROOT, check=True)
    picture = ROOT / "assets" / "images" / f"{name}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(run / "plots" / "stroboscope.png", picture)
    print(f"wrote {picture.relative_to(ROOT)}")
