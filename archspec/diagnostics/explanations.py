"""Every kind of mistake explained: what it means, why it is one, a wrong and a right spec.

Only prose and specs stand here. The messages of the wrong specs are made when they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from archspec.diagnostics.codes import Code


@final
@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in two to six sentences, and two examples.

    The wrong one is a whole spec that gives this code. Where no spec can give it, both are what is
    typed at a shell's prompt, with what is answered.
    """

    code: Code
    text: str
    wrong: str
    right: str
    is_shell: bool = False


_ALL: Final = (
    Explanation(
        "bad-file",
        """\
The file cannot be read: it is a folder, a pipe, not permitted, or not UTF-8 text. Or a spec names
a file that it may not read. A spec that somebody sends you must not be able to look around on your
disk, so `extends` and `import` reach the spec's own folder, what is below it, and the zoo. Links
are followed before that is checked. Move the file next to the spec, or save it as UTF-8.
""",
        wrong="""\
extends: ../elsewhere/base.yaml
""",
        right="""\
extends: resnet50.yaml
""",
    ),
    Explanation(
        "bad-yaml",
        """\
The text is not YAML, or it uses a part of YAML that the language leaves out: tabs, tags, anchors,
aliases, several documents. They are left out because YAML parsers treat them differently, and
because some of them can make a small file very large. The most common cause is an expression with a
comma or a bracket inside `{ }`: put it in quotes. For repeated parts there are `params`, `blocks`
and `extends`.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
params: {widths: [8, 16]}
layers:
  conv: {op: Conv2d, out_channels: widths[0], kernel_size: 1}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
params: {widths: [8, 16]}
layers:
  conv: {op: Conv2d, out_channels: "widths[0]", kernel_size: 1}
""",
    ),
    Explanation(
        "null-value",
        """\
A key has no value. YAML reads that as an empty value, and the reason is nearly always a slip: a
forgotten value, no space after a colon, or a comma that cut an expression in two. So nothing in
the language may be empty. Write the value, or leave the key out to get the default.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding:1}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
""",
    ),
    Explanation(
        "duplicate-key",
        """\
One mapping has the same key twice. Many YAML parsers silently keep the last one, so half
of what you wrote would be lost. Remove one of the two, or give the second layer another name.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
  conv: {op: Conv2d, out_channels: 16, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv1: {op: Conv2d, out_channels: 8, kernel_size: 3}
  conv2: {op: Conv2d, out_channels: 16, kernel_size: 3}
""",
    ),
    Explanation(
        "bad-scalar",
        """\
A number or a boolean is spelt in a way that YAML parsers disagree about. `010` is ten for
some and eight for others; `no` is a word for some and false for others. The language accepts only
spellings that mean the same everywhere: `10`, `true`, `false`. Put the value in quotes if it is
meant as text.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 010, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 10, kernel_size: 3}
""",
    ),
    Explanation(
        "limit",
        """\
The spec asks for more than the language allows. A few characters of a spec can ask for a trillion
layers, so there are limits on sizes, depths and numbers; the language reference has a list of them.
They are far above any published network. Look for a number with too many zeros, or for a `repeat`
inside a `repeat`.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  relu: {op: ReLU, repeat: 100000000}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  relu: {op: ReLU, repeat: 100}
""",
    ),
    Explanation(
        "unknown-key",
        """\
The language has no such key here. An unknown key is never ignored: a misspelt one would
change nothing, and you would not notice. The message names a similar key if there is one. All keys
are listed at the end of the language reference.
""",
        wrong="""\
archspec: 1
inputs: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "missing-key",
        """\
A required key is missing. A file has `archspec`, `input` and `layers`, unless it
extends another one. A layer has `op` or `use`. A scope has `layers` around its layers, so that a
layer may be called `from` or `when` without meaning something else.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  stem:
    conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
    relu: ReLU
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  stem:
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
      relu: ReLU
""",
    ),
    Explanation(
        "wrong-type",
        """\
A value has the wrong type for its place: a string where a list is expected, a number where a name
is expected. The code is the same when a parameter is set to a different kind of value than it has
in the spec. Values are never silently converted, because a guess may be wrong. Use the type that
the message names.
""",
        wrong="""\
archspec: 1
input: 3x32x32
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "bad-name",
        """\
A layer, block or parameter cannot have this name. The name of a layer becomes an attribute of
a PyTorch module and a part of the keys in its `state_dict`. So it consists of letters, digits and
underscores, is not a Python keyword, and must not hide an attribute of `torch.nn.Module`, such as
`type` or `forward`. Choose another name.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  forward: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "bad-version",
        """\
The number after `archspec:` is the version of the language, and this program does not know it.
Every file states its version so that an old file is never silently read by new rules.
There is one version today: 1. If the file comes from a newer program, update this one.
""",
        wrong="""\
archspec: 2
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "unknown-op",
        """\
There is no op or block with that name. Ops have the names of the classes of `torch.nn`, including
capitals: `ReLU`, not `relu`. A word that begins with a lower-case letter means a parameter that
holds an op. `archspec ops` lists all ops; blocks from another file must be imported.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2D, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "unknown-argument",
        """\
The op or block has no argument with that name. The arguments of an op are those of the class in
`torch.nn`, and those of a block are its `params`. An unknown argument is never ignored, because the
layer would be built with the default instead. `archspec ops Conv2d` lists the arguments of an op.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernal_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "missing-argument",
        """\
The op or block needs an argument that has no default. Ops have PyTorch's defaults, and what
PyTorch requires is required here, too. Add the argument. If a block should work without it, give its
parameter a default instead of a type: `width: 16` instead of `width: int`.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "bad-argument",
        """\
The value of an argument has the wrong type or is out of range: a stride of 0, a probability of 2,
half a channel. Nothing is silently rounded to a whole number, because a network with the wrong width
would train just as well. Divide with `//`, or use `round`, `ceil` or `floor`.
""",
        wrong="""\
archspec: 1
input: [6, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: in_channels / 2, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [6, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: in_channels // 2, kernel_size: 3}
""",
    ),
    Explanation(
        "inferred-argument",
        """\
This argument follows from the graph: `in_channels`, `in_features` and `num_features` are what the
layer above gives. You must not write them, because a number that is written in two places will one
day differ in one of them. `inplace` is inferred, too, from what else reads the value. Remove the
argument; in an expression, you can use `in_channels` as a name.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "duplicate-argument",
        """\
An op parameter brings an argument, and the layer that uses the parameter gives the same one again.
It is not obvious which of the two is meant, so neither wins. Leave the argument out in one of the
two places. What differs from layer to layer belongs to the layers.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
params: {pool: {op: MaxPool2d, kernel_size: 2}}
layers:
  pool: {op: pool, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
params: {pool: MaxPool2d}
layers:
  pool: {op: pool, kernel_size: 3}
""",
    ),
    Explanation(
        "bad-expression",
        """\
The text is not an expression of the language. There are numbers, names, arithmetic, comparisons,
`and`, `or`, `not`, `a if b else c`, lists, and a few functions; they mean what they mean in Python.
There is nothing else, no strings, no attributes and no other calls, so an expression can do nothing
but give a value. The message marks where the text stops being an expression.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 2 ^ 3, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 2 ** 3, kernel_size: 3}
""",
    ),
    Explanation(
        "unknown-name",
        """\
A name in an expression has no meaning here. An expression sees the names of a `repeat` around the
line, the parameters of its block, the `params` of the file, and `in_channels`. A block does not see
the names that a `repeat` binds where the block is used, and an imported block does not see the
parameters of its file. Pass such a value as an argument.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
params: {width: 8}
layers:
  conv: {op: Conv2d, out_channels: widht, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
params: {width: 8}
layers:
  conv: {op: Conv2d, out_channels: width, kernel_size: 3}
""",
    ),
    Explanation(
        "bad-value",
        """\
An expression has no value, or one of the wrong type: a division by zero, an index beyond the end of
a list, a number where a boolean is expected. Numbers and booleans do not mix, so `if depth` does not
stand for `if depth > 0`; this catches parameters in the wrong place. Write the comparison that you
mean.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
params: {depth: 3}
layers:
  conv: {op: Conv2d, out_channels: 16 if depth else 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
params: {depth: 3}
layers:
  conv: {op: Conv2d, out_channels: 16 if depth > 0 else 8, kernel_size: 3}
""",
    ),
    Explanation(
        "unknown-layer",
        """\
A `from` names a layer that is not above it in the same scope. Layers are read from top to bottom, so
one cannot read what is below it: there are no loops. The layers inside a scope cannot be seen from
outside; only its output can be read. Move the layer, or name the scope.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, from: stem}
  stem: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, from: stem}
""",
    ),
    Explanation(
        "missing-input",
        """\
It is unclear what a layer reads. That happens for the first layer if there are several inputs,
and for a layer directly below an output: a side head in the middle of the network must not
become the input of what follows it. Say what it reads with `from`.
""",
        wrong="""\
archspec: 1
input: {left: [3, 32, 32], right: [3, 32, 32]}
layers:
  conv: {op: Conv2d, out_channels: 3, kernel_size: 3, padding: 1}
  both: {op: Concat, from: [conv, right]}
""",
        right="""\
archspec: 1
input: {left: [3, 32, 32], right: [3, 32, 32]}
layers:
  conv: {op: Conv2d, out_channels: 3, kernel_size: 3, padding: 1, from: left}
  both: {op: Concat, from: [conv, right]}
""",
    ),
    Explanation(
        "absent-layer",
        """\
Something reads a layer that does not exist here, because its `when` is false, and nothing says what
replaces it. For an `Add`, the natural replacement is the input of the absent layer, and it is used.
For a `Concat` or a `Multiply` there is none. Give the absent layer an `else`: `none` if the merge
should do without it, the name of a layer, or an op.
""",
        wrong="""\
archspec: 1
input: [16, 32, 32]
params: {pooled: false}
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 1}
  pool: {op: MaxPool2d, kernel_size: 3, stride: 1, padding: 1, from: input, when: pooled}
  both: {op: Concat, from: [conv, pool]}
""",
        right="""\
archspec: 1
input: [16, 32, 32]
params: {pooled: false}
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 1}
  pool: {op: MaxPool2d, kernel_size: 3, stride: 1, padding: 1, from: input, when: pooled, else: none}
  both: {op: Concat, from: [conv, pool]}
""",
    ),
    Explanation(
        "arity",
        """\
The layer reads a different number of inputs than its op or block takes. Most ops read one; `Add`,
`Multiply` and `Concat` read two or more; a block reads as many as its `inputs` names. Put several
layers together with a merge first, or name all inputs in `from`.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  a: {op: Conv2d, out_channels: 8, kernel_size: 3}
  b: {op: Conv2d, out_channels: 8, kernel_size: 3, from: input}
  relu: {op: ReLU, from: [a, b]}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  a: {op: Conv2d, out_channels: 8, kernel_size: 3}
  b: {op: Conv2d, out_channels: 8, kernel_size: 3, from: input}
  sum: {op: Add, from: [a, b]}
  relu: ReLU
""",
    ),
    Explanation(
        "shape",
        """\
An op cannot read the shape that it is given: a kernel is larger than the map, a Linear layer reads a
map, or the operands of an Add differ. Nothing is silently broadcast, cropped or padded, because the
network would run but would not be the one you meant. The message says where the shapes come from.
The output size is (size + 2·padding − kernel) / stride + 1, rounded down; a 3×3 kernel keeps the size
with a padding of 1.
""",
        wrong="""\
archspec: 1
input: [8, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
  add: {op: Add, from: [conv, input]}
""",
        right="""\
archspec: 1
input: [8, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  add: {op: Add, from: [conv, input]}
""",
    ),
    Explanation(
        "duplicate-layer",
        """\
Two layers of one scope get the same name, for example because a template in braces gives a name that
is also written out, or because a group is not a scope. Each name is a module and a prefix in the
`state_dict`, so one of the two would vanish. Give one of them another name.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv1: {op: Conv2d, out_channels: 8, kernel_size: 3}
  conv{i}: {op: Conv2d, repeat: 2, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 3}
  conv{i}: {op: Conv2d, repeat: 2, out_channels: 8, kernel_size: 3}
""",
    ),
    Explanation(
        "rebound-name",
        """\
A `repeat` binds a name that already has a meaning: that of an enclosing `repeat`, or of a parameter.
The inner one would hide the outer one, and an expression would not mean what it seems to. A plain
`repeat: 3` counts with `i`, so if one is inside another, one of the two needs a different name.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  stage:
    repeat: 2
    layers:
      - {op: Conv2d, repeat: 3, out_channels: 8, kernel_size: 1}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  stage:
    repeat: 2
    layers:
      - {op: Conv2d, repeat: {j: 3}, out_channels: 8, kernel_size: 1}
""",
    ),
    Explanation(
        "bad-repeat",
        """\
The number of copies is unclear. The lists of a `repeat` are columns of one table, so they must have
the same length; which rows are missing would be a guess. The number of copies must be a whole number
and must not be negative. Add the missing item, or remove one.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  - {op: Conv2d, repeat: {width: [8, 16], kernel: [3]}, out_channels: width, kernel_size: kernel}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  - {op: Conv2d, repeat: {width: [8, 16], kernel: [3, 1]}, out_channels: width, kernel_size: kernel}
""",
    ),
    Explanation(
        "unread-layer",
        """\
No output needs this layer. Its weights would be counted and saved, but never trained. The usual cause
is a `from` that names the wrong layer. Name the layer in a `from` or in `outputs`, or remove it.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 1}
  side: {op: Conv2d, out_channels: 8, kernel_size: 1, from: input}
  relu: {op: ReLU, from: conv}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 1}
  side: {op: Conv2d, out_channels: 8, kernel_size: 1, from: input}
  sum: {op: Add, from: [conv, side]}
  relu: ReLU
""",
    ),
    Explanation(
        "unused-parameter",
        """\
Nothing reads this parameter. Someone reading the spec would believe that it does something, but
setting it would change nothing. Use it in an expression, or remove it. Often the number that it
should replace is still written out somewhere.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
params: {width: 8}
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
params: {width: 8}
layers:
  conv: {op: Conv2d, out_channels: width, kernel_size: 3}
""",
    ),
    Explanation(
        "override-without-effect",
        """\
A parameter is set from outside, and this network never evaluates it. An experiment with such a
setting would compare a network with itself. The parameter may be read only under a condition that is
false here: make the condition true, or leave the setting out.
""",
        wrong="""\
extends: resnet50.yaml
params: {block: BasicBlock, groups: 32}
""",
        right="""\
extends: resnet50.yaml
params: {groups: 32}
""",
    ),
    Explanation(
        "unknown-parameter",
        """\
There is no parameter with that name to set. A variant, a file that extends another one, `--set` and a
keyword in Python may change what the base has. A new parameter is allowed only if the text that
adds it also reads it; otherwise a misspelt one would go unnoticed. The message names similar ones.
""",
        wrong="""\
extends: resnet50.yaml
params: {num_class: 10}
""",
        right="""\
extends: resnet50.yaml
params: {num_classes: 10}
""",
    ),
    Explanation(
        "bad-block",
        """\
A block cannot be used like this. Usually a block contains itself, directly or through others, and
would never end, since nothing stops the recursion. Write the levels with a `repeat`, or as blocks
with different names.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
blocks:
  Unit:
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      again: Unit
layers:
  unit: Unit
""",
        right="""\
archspec: 1
input: [3, 32, 32]
blocks:
  Unit:
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
layers:
  unit: {op: Unit, repeat: 2}
""",
    ),
    Explanation(
        "bad-edit",
        """\
An edit cannot be carried out, or does not say clearly what it does. Each edit has one verb (after,
before, replace, set, remove, cut) with a selector, and the words that go with that verb: `insert`
with `after` and `before`, `with` with `replace`, `to` with `set`, `operand` with `cut`. The selector
has `op`, `path`, or both.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
edits:
  - {after: {op: Conv2d}}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
edits:
  - {after: {op: Conv2d}, insert: BatchNorm2d}
""",
    ),
    Explanation(
        "edit-sites",
        """\
An edit matched no layer, or a different number of layers than its `sites` says. An edit that matches
nothing changes nothing, and the experiment would compare a network with itself. `archspec show` lists
the paths of all layers. A `*` in a path stands for anything within one level, `**` for any number of
levels.
""",
        wrong="""\
extends: resnet50.yaml
edits:
  - {after: {path: "*.bn3"}, insert: Dropout2d}
""",
        right="""\
extends: resnet50.yaml
edits:
  - {after: {path: "**.bn3"}, insert: Dropout2d, sites: 16}
""",
    ),
    Explanation(
        "bad-output",
        """\
`output` or `outputs` names something that is not a layer of the top level, or nothing is left at
inference, or no layer is left between an input and an output, because all are absent or removed.
Outputs are the values that the network returns, and a layer inside a scope cannot be seen from
outside. Name the scope, or end it with the layer that you mean.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  body:
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
      relu: ReLU
outputs: {features: {from: body, only: training}}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  body:
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
      relu: ReLU
outputs: {features: body}
""",
    ),
    Explanation(
        "bad-extends",
        """\
A file cannot be extended like this. A file that extends another one has no `layers` of its own: it
would be unclear what is left of the base. Nor may files extend each other in a circle. Change the
base with `params`, `blocks` and `edits`, or write a separate network and `import` the blocks.
""",
        wrong="""\
extends: resnet50.yaml
layers:
  fc: {op: Linear, out_features: 10}
""",
        right="""\
extends: resnet50.yaml
edits:
  - {set: {path: fc}, to: {out_features: 10}}
""",
    ),
    Explanation(
        "bad-import",
        """\
A file cannot be imported like this. `import` brings in the blocks of a file, so a variant cannot be
imported, and two blocks with the same name cannot be told apart. Rename your own block, or leave
one of the two files out.
""",
        wrong="""\
archspec: 1
input: [64, 32, 32]
import: [resnet50.yaml]
blocks:
  BasicBlock: {layers: [ReLU]}
layers:
  unit: BasicBlock
""",
        right="""\
archspec: 1
input: [64, 32, 32]
import: [resnet50.yaml]
blocks:
  PlainBlock: {layers: [ReLU]}
layers:
  unit: PlainBlock
""",
    ),
    Explanation(
        "bad-variant",
        """\
The file has no variant with that name. A variant is written as `file.yaml:variant`. The variants of a
file are the names under its `variants`; those of the zoo also have a bare name, such as `resnet18`.
The message names similar ones, or lists them all.
""",
        wrong="""\
extends: resnet50.yaml:resnet19
""",
        right="""\
extends: resnet50.yaml:resnet18
""",
    ),
    Explanation(
        "bad-init",
        """\
A rule of `init` cannot be carried out: there is no such function, it has no such argument, or no
layer that the rule selects has such a tensor. The functions are those of `torch.nn.init` without the
underscore at the end. A rule that matches nothing is an error, because the weights would silently
keep PyTorch's initialisation.
""",
        wrong="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
init:
  - {op: Conv2d, weight: {normal: {sd: 0.01}}}
""",
        right="""\
archspec: 1
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
init:
  - {op: Conv2d, weight: {normal: {std: 0.01}}}
""",
    ),
    Explanation(
        "expect",
        """\
The network does not match its `expect`. That is the test of a spec: the numbers come from the paper
or from a network that is known to be right, and are checked on every compile. First look for the
mistake in the layers: the difference in parentheses is often the size of one bias or one projection.
If the network is meant to be like this, write the new number.
""",
        wrong="""\
archspec: 1
name: net
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3}
  bn: BatchNorm2d
expect: {params: 232}
""",
        right="""\
archspec: 1
name: net
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: 8, kernel_size: 3, bias: false}
  bn: BatchNorm2d
expect: {params: 232}
""",
    ),
    Explanation(
        "not-found",
        """\
There is no file, network, op or code with that name. Files are named with their suffix, relative to
the folder of the spec; networks of the zoo by their bare name. `archspec zoo`, `archspec ops` and
`archspec explain` list what is available.
""",
        wrong="""\
extends: densenet12
""",
        right="""\
extends: densenet121
""",
    ),
    Explanation(
        "bad-plugin",
        """\
A package that is installed beside this one says that it adds ops, and they cannot be used: the module
that it names cannot be imported, is no module of ops, or has an op with a name that is taken; or an
op lacks what every op has, fails, or answers with something else than a shape, a cost or a call. The
message names the package. Such a package is never silently skipped, since a spec would then
mean something different from machine to machine. Fix the package
(`archspec.ops.contract.violations` checks an op), or uninstall it.
""",
        wrong="""\
$ grep -A 1 entry-points pyproject.toml
[project.entry-points."archspec.ops"]
mine = "my_ops.tpyo"
""",
        right="""\
$ grep -A 1 entry-points pyproject.toml
[project.entry-points."archspec.ops"]
mine = "my_ops"
""",
        is_shell=True,
    ),
    Explanation(
        "no-torch",
        """\
What you asked for needs PyTorch, and it is not installed. Checking, counting, drawing and printing
do not need it, so this package does not require it. Install it with `pip install torch`, or build
without verifying that the source does what was counted.
""",
        wrong="""\
$ archspec build lenet5 -o lenet5.py
""",
        right="""\
$ archspec build lenet5 -o lenet5.py --no-verify
""",
        is_shell=True,
    ),
    Explanation(
        "bad-option",
        """\
An option of a figure does not exist, has a value that it cannot have, or does not go with the others.
The suffix of the file determines the format, and --style what is shown. Not every style has every
format: a table can be written as Markdown, a network cannot. The help lists what is available; no
format needs another program. The exit code is 2, as for any wrong usage.
""",
        wrong="""\
$ archspec draw lenet5 -o lenet5.bmp
error[bad-option]: there are no figures in the format of 'lenet5.bmp'
 = help: the formats are svg, pdf, png, html, tex, dot, gv, mmd, json, md, txt

1 error
""",
        right="""\
$ archspec draw lenet5 -o lenet5.svg
""",
        is_shell=True,
    ),
    Explanation(
        "cannot-draw",
        """\
This network cannot be drawn like this: it lacks what the style shows, it has no scope or block of that
name, or the figure would be too large. The help says what the network has, or which style shows it.
Other styles, a smaller --depth or another --module may well work.
""",
        wrong="""\
$ archspec draw lenet5 -o lenet5.svg --style dense
error[cannot-draw]: 'lenet5' has no dense block
 = help: the style 'dense' needs a chain of scopes, each of which ends with a Concat of its own
         input and new features: the zoo's densenet121 and densenet40_k12 have them

1 error
""",
        right="""\
$ archspec draw lenet5 -o lenet5.svg --style paper
""",
        is_shell=True,
    ),
    Explanation(
        "cannot-write",
        """\
Nothing can be written where you asked for it: there is no such folder, the file or its folder is
read-only, the name is too long, the disk is full, or the reader of the output has closed it. A
file is written completely or not at all, so an existing file is left as it was.
""",
        wrong="""\
$ archspec draw lenet5 -o nowhere/lenet5.svg
error[cannot-write]: there is no folder 'nowhere'

1 error
""",
        right="""\
$ archspec draw lenet5 -o lenet5.svg
""",
        is_shell=True,
    ),
    Explanation(
        "edited-file",
        """\
The file already exists, and it is not as this program left it: someone has changed it, or it never
came from here. Every printed source contains its own hash in its first lines, so that nobody's work
is overwritten. Write to another file, or use `--force` if the changes may be lost.
""",
        wrong="""\
$ archspec build lenet5 -o net.py --no-verify && echo "# mine" >> net.py
…
$ archspec build lenet5 -o net.py --no-verify
error[edited-file]: 'net.py' was edited since, and is kept
 = help: give another file with -o, or --force to overwrite it

1 error
""",
        right="""\
$ archspec build lenet5 -o net2.py --no-verify
""",
        is_shell=True,
    ),
    Explanation(
        "cannot-verify",
        """\
A built network is run, to verify that it is the one that was written, and this one cannot run on this
machine: its weights and outputs need more memory than is available, or PyTorch refuses to run one of
its layers. Nothing is written. Build it without verification, or verify it on a smaller input or with
smaller parameters: the printed source is the same except for the numbers.
""",
        wrong="""\
$ archspec build alexnet_fc --input 3x512x512
""",
        right="""\
$ archspec build alexnet_fc --input 3x512x512 --no-verify
""",
        is_shell=True,
    ),
    Explanation(
        "not-verified",
        """\
The source was executed, and is not the network that was written. Its keys and shapes are compared
with those that were counted. Then it runs on random numbers, in eval and in training mode, beside an
interpretation of the graph, and the message names the first layer that reads or computes something
else. That is never your mistake but one of archspec, or of a package whose ops you use. Please report
it with the spec. Nothing is written; with `--no-verify` the source is, so that the two can be compared.
""",
        wrong="""\
$ archspec build lenet5 -o lenet5.py
""",
        right="""\
$ archspec show lenet5
""",
        is_shell=True,
    ),
)

EXPLANATIONS: Final[Mapping[str, Explanation]] = {each.code: each for each in _ALL}
"""By their codes, in the order of ``diagnostics.CODES``."""
