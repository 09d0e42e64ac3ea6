"""Every kind of mistake explained: what it means, why it is one, a wrong and a right spec.

Only prose and specs stand here. The messages of the wrong specs are made when they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final


@final
@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in two to six sentences, and two examples.

    The wrong one is a whole spec that gives this code. Where no spec can give it, both are what is
    typed at a shell's prompt, with what is answered.
    """

    code: str
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
are followed before that is checked. Move the file beside the spec, or save it as UTF-8.
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
aliases, several documents. They are left out because readers of YAML treat them differently, and
because some of them can make a small file very large. The commonest cause is an expression with a
comma or a bracket inside of `{ }`: put it in quotes. For repeated parts there are `params`, `blocks`
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
A key has no value. YAML makes an empty value of that, and the reason is nearly always a slip: a
forgotten value, no space behind a colon, or a comma that cut an expression in two. So nothing in
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
One mapping has the same key twice. Many readers of YAML keep the last one and say nothing, so half
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
A number or a truth value is spelt in a way that readers of YAML disagree about. `010` is ten for
some and eight for others; `no` is a word for some and false for others. The language takes the
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
They lie far above the networks that have been published. Look for a number with too many zeros, or
for a `repeat` inside of a `repeat`.
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
The language knows no such key at this place. An unknown key is never ignored: a misspelt one would
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
A key that is required here is not there. A file has `archspec`, `input` and `layers`, unless it
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
A value is of another type than the language asks for at this place: a text where a list is due, a
number where a name is due. The same is told when a parameter is set to another kind of value than
it has in the spec. Values are not converted in silence, because a guess may be wrong. Write the
type that the message names.
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
A layer, block or parameter cannot be called like this. The name of a layer becomes an attribute of
a PyTorch module and a part of the keys in its `state_dict`. So it has letters, digits and
underscores, is not a word of Python, and hides nothing that `torch.nn.Module` has, such as `type`
or `forward`. Choose another name.
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
The number behind `archspec:` is the version of the language, and this program does not know it.
The version is written in every file so that an old file is never read by new rules without a word.
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
There is no op and no block of that name. Ops are called like the classes of `torch.nn`, capital
letters included: `ReLU`, not `relu`. A word that begins with a small letter means a parameter that
holds an op. `archspec ops` lists all ops; blocks of another file must be imported.
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
The op or block has no argument of that name. Arguments are called like those of the class in
`torch.nn`, and those of a block like its `params`. One that is not known is never ignored, because
the layer would be built with its default instead. `archspec ops Conv2d` lists the arguments of an op.
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
The op or block needs an argument that has no default. Ops have the defaults of PyTorch, and where
PyTorch asks, this language asks, too. Add the argument. If a block should do without it, give its
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
The value of an argument is of the wrong type or out of its range: a stride of 0, a probability of 2,
half a channel. A whole number must be one; nothing is rounded in silence, because a wrong width
would train all the same. Divide with `//`, or use `round`, `ceil` or `floor`.
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
The graph knows this argument already: `in_channels`, `in_features` and `num_features` are what the
layer above gives. They may not be written, because a number that stands at two places will one day
differ at one of them. `inplace` is inferred, too, from who else reads the value. Remove the
argument; in an expression, `in_channels` is at hand as a name.
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
Neither of the two is obviously the one that is meant, so none wins. Leave the argument out at one of
the places. What differs from layer to layer belongs to the layers.
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
There is nothing else, no text, no attributes and no other calls, so an expression can do nothing but
give a value. The message marks the place at which the text stops being one.
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
A name in an expression means nothing at this place. What is visible: names of a `repeat` around the
line, the parameters of the block in which it stands, the `params` of the file, and `in_channels`. A
block does not see the names that a `repeat` binds where the block is used, and an imported block
does not see the parameters of its file. Hand such a value over as an argument.
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
An expression has no value, or one of the wrong type: a division by zero, an index behind the end of
a list, a number where a truth value is due. Numbers and truth values do not mix, so `if depth` is
not `if depth > 0`; that way a parameter in the wrong place is found. Write the comparison that is
meant.
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
one cannot read what stands below it: there are no loops. A scope does not show its inside: what is to
be read from outside is its value, or a layer beside it. Move the layer, or name the scope.
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
It cannot be told what a layer reads. That is so for the first layer where there are several inputs,
and for a layer right below one that is an output: a side head in the middle of the network must not
become the input of what follows it. Say it with `from`.
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
A layer is read that does not exist here, because its `when` is false, and nothing says what stands
for it. For an `Add`, the input of the absent layer is the natural answer, and it is taken. For a
`Concat` or a `Multiply` there is none. Give the absent layer an `else`: `none` if the merge should do
without it, a layer's name, or an op.
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
The layer reads another number of inputs than its op or block takes. Most ops read one; `Add`,
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
An op cannot read the shape that it is given. A kernel is larger than the map, a Linear layer reads a
map, or the operands of an Add differ. Nothing is broadcast, cropped or padded in silence, because
that would give a network that runs and is not the one you meant. The message says which layers give
the shapes. Sizes follow from (size + 2·padding − kernel) / stride + 1, rounded down; a 3×3 kernel
keeps the size with a padding of 1.
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
Two layers of one scope get the same name, here because a template in braces gives a name that is
written as well, or because a group has no scope of its own. Each name is a module and a prefix in the
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
A `repeat` binds a name that has a meaning already: that of another `repeat` around it, or of a
parameter. The inner one would hide the outer one, and an expression would say something else than it
seems to. A plain `repeat: 3` counts with `i`, so of two, one in the other, one needs another name.
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
The number of copies cannot be told. The lists of a `repeat` are columns of one table, so they have
the same length; it would be a guess which rows are missing. A number of copies is whole and not
negative. Add the missing item, or take one away.
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
No output needs this layer. It would have weights that are counted, saved and never trained, and most
often it is a `from` that names the wrong layer. Name the layer in a `from` or in `outputs`, or remove
it.
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
Nothing reads this parameter. A reader of the spec would believe that it does something, and setting
it would change nothing. Use it in an expression, or remove it. Often the number that it should stand
for is still written out somewhere.
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
false here: set what makes the condition true, or leave the setting out.
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
There is no parameter of that name to set. A variant, a file that extends another one, `--set` and a
keyword in Python may change what the base has. A new parameter is allowed only if the text that
brings it also reads it; otherwise a misspelt one would pass. The message names similar ones.
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
A block cannot be used like this. Mostly a block contains itself, on its own or by way of others: it
would never end, since a block has no condition that stops it. Write the levels with a `repeat`, or as
blocks with different names.
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
An edit found no layer, or another number of them than its `sites` says. An edit that finds nothing
changes nothing, and the experiment would compare a network with itself. `archspec show` lists the
paths of all layers. A `*` in a path stands for anything within one level, `**` for any number of
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
inference. Outputs are the values that the network returns, and a layer inside of a scope is not seen
from outside. Name the scope, or end it with the layer that is meant.
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
would be unclear what of the base is left. And files may not extend each other in a circle. Change the
base with `params`, `blocks` and `edits`, or write a network of its own and `import` the blocks.
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
imported, and two blocks of one name cannot be told apart. Give your own block another name, or leave
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
The file has no variant of that name. A variant is written as `file.yaml:variant`. The variants of a
file are the names under its `variants`; those of the zoo have a bare name, too, such as `resnet18`.
The message names similar ones, or all that there are.
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
layer that the rule means has such a tensor. Functions are those of `torch.nn.init` without the
underscore at the end. A rule that finds nothing is an error, because the weights would silently begin
as PyTorch's do.
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
The network is not what its `expect` says. That is the test of a spec: the numbers come from the paper
or from a network that is known to be right, and every compile compares them. First look for the
mistake in the layers: the difference in brackets is often the size of one bias or one projection. If
the network is meant to be like this, write the new number.
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
There is no file, network, op or code of that name. Files are named with their suffix, from the folder
of the spec; networks of the zoo by their bare name. `archspec zoo`, `archspec ops` and
`archspec explain` list what there is.
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
message names the package. Nothing of such a package is skipped in silence, since a spec would then
mean something else from machine to machine. Mend the package (`archspec.contract.broken` checks an
op), or uninstall it.
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
need no torch, so it is no requirement of this package. Install it with the extra `torch`, or build
without the proof that the source does what was counted.
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
        "cannot-draw",
        """\
The figure cannot be made. The suffix of the file says the format, and --style what is shown. Not
every style has every format: a table is written as Markdown, a network is not. The help says what
there is; no format needs another program.
""",
        wrong="""\
$ archspec draw lenet5 -o lenet5.bmp
error[cannot-draw]: there are no figures in the format of 'lenet5.bmp'
 = help: the formats are svg, pdf, png, html, tex, dot, gv, mmd, json, md, txt

1 error
""",
        right="""\
$ archspec draw lenet5 -o lenet5.svg
""",
        is_shell=True,
    ),
    Explanation(
        "cannot-write",
        """\
Nothing can be written where you asked for it: there is no such folder, the file or its folder is
read-only, the name is too long, the disk is full, or whoever should read the output has closed it. A
file is written whole or not at all, so that the one that was there is as it was.
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
The file that would be written is there already, and it is not as this program left it: a person has
changed it, or it never came from here. Every printed source has a hash of itself in its first lines,
so that work is not overwritten. Write to another file, or say `--force` if the changes may go.
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
A built network is run, to prove that it is the one that was written, and this one cannot run on
this machine: its weights and outputs need more memory than there is, or PyTorch refuses to run one of
its layers. Nothing is written. Build it without the proof, or prove it on a smaller input or with
smaller parameters: the source that is printed is the same but for the numbers.
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
