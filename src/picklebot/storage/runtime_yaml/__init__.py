"""`config.runtime.yaml`: the view of the bindings that operators and the service edit at the same time.

view.py     what the file says                                      (pure)
merge.py    what the operator did                                   (pure)
splice.py   the file with other bindings, the rest untouched        (pure)
file.py     looks at the file and swaps it, losing nobody's save
intake.py   takes in what an operator saved
sync.py     keeps the ledger and the file the same
"""

from picklebot.storage.runtime_yaml.sync import Pace, RuntimeYamlSync

__all__ = ["Pace", "RuntimeYamlSync"]
