#!/bin/sh
# torch 2.13.0 imports its compiler, sympy and torch.distributed when the first optimiser is made, though nothing is compiled: Adam's
# constructor takes about as much processor time as `import torch`. The function torch.optim.adam.adam does the same steps without.
# A layer on the device meta, and so torch.nn.utils.skip_init, which is there to save time, imports sympy.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
cd "$folder"
cat > loaded.py <<'PYTHON'
import sys
import time

import torch

took = time.process_time()
before, began = set(sys.modules), time.process_time()
weight = torch.nn.Parameter(torch.ones(3))
if sys.argv[1] == "class":
    torch.optim.Adam([weight], lr=0.1)
elif sys.argv[1] == "function":
    from torch.optim.adam import adam

    mean, square, step = torch.zeros(3), torch.zeros(3), torch.tensor(0.0)
    with torch.no_grad():
        adam([weight], [torch.ones(3)], [mean], [square], [], [step], amsgrad=False, beta1=0.9, beta2=0.999, lr=0.1,
             weight_decay=0.0, eps=1e-8, maximize=False)
    assert torch.allclose(weight, torch.full((3,), 0.9))
elif sys.argv[1] == "skip_init":
    torch.nn.utils.skip_init(torch.nn.Linear, 3, 3)
else:
    torch.nn.Linear(3, 3)
heavy = [name for name in ("torch._dynamo", "torch._inductor", "sympy") if name in set(sys.modules) - before]
print(f"{sys.argv[1]}: {time.process_time() - began:.2f} s beside {took:.2f} s of torch, {len(set(sys.modules) - before)} modules")
print(*heavy, file=sys.stderr)
PYTHON
venv/bin/python -c "import torch; print('torch', torch.__version__)"
failed=0
expect() {
    heavy=$(venv/bin/python loaded.py "$1" 2>&1 >"$folder/said" | tail -1)
    cat "$folder/said"
    [ "$heavy" = "$2" ] || { echo "$1 loads: $heavy"; failed=1; }
}
expect class "torch._dynamo torch._inductor sympy"
expect function ""
expect skip_init "sympy"
expect linear ""
exit $failed
