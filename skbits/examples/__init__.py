"""Examples: the problems that bring people here, each solved end to end.

``python -m skbits.examples.NAME`` runs one in under a minute and prints a short account, of which
every number is computed there and then. Data that is made up is said to be.

=======================  ===========================================================================
hash_words               Can a network turn a hash back into the word?
up_or_down               Will the next value of a series be up or down?
same_question            Do these two sentences ask the same question?
one_or_two_outputs       For two classes, one output or two, and sigmoid, softmax, tanh or linear?
cutoff_at_a_quarter      How do I decide at 0.25 instead of 0.5, or should I weigh the classes?
digits_as_bits           Numbers as rows of bits, and how do I get them back?
intents                  Which intents does a sentence have, and when is it best to say nothing?
colour_and_shape         Two answers to one input, such as a colour and a shape?
=======================  ===========================================================================

Rules
-----
* A module's docstring is the question, the answer and how to run it. ``run`` computes and returns
  a frozen dataclass, ``account`` writes that down, and ``main`` prints it.
* What the account says of the numbers is chosen by the numbers: no verdict is written in advance.
* Keras, and so TensorFlow, is imported when an example runs, not when its module is imported.
"""
