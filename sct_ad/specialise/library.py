"""Functions of builtins, functools and itertools that are loops, in plain Python: inlined as a user's functions are.

They are compiled, never run. Their names and those of their variables show in emitted text.
"""


# ruff: noqa: SIM110, SIM113, SIM114, UP028
# mypy: ignore-errors


def has_more(iterator, count):
    """Whether `iter(items)` has this many items left; decided when this is inlined."""


def by_position(iterable):
    """Whether an item can be had by its position; decided when this is inlined."""


def endless(iterable):
    """Whether an iteration never ends; decided when this is inlined."""


def listed(iterable):
    """`list(iterable)`, where its items are not known one by one."""
    items = []
    for item in iterable:
        items.append(item)
    return items


def by_positions(iterable):
    """An iteration without end, by position."""
    k = 0
    while True:
        yield iterable[k]
        k += 1


def zipped(before, iterable, after, before_ends, after_ends):
    """`zip(*before, iterable, *after)`, where only `iterable` must be gone through from one item to the next."""
    k = 0
    if not before_ends or k < len(before):
        for item in iterable:
            if after_ends and k >= len(after):
                return
            front = () if before is None else before[k]
            back = () if after is None else after[k]
            yield (*front, item, *back)
            k += 1
            if before_ends and k >= len(before):
                return


def remaining(iterator):
    """What is left of `iter(items)`."""
    while has_more(iterator, 1):
        yield next(iterator)


def by_length(items):
    """A list that grows or shrinks while it is looped over."""
    k = 0
    while k < len(items):
        yield items[k]
        k += 1


def columns(rows, width):
    """The columns of a list of tuples."""
    return tuple([[row[j] for row in rows] for j in width])


def cycle(items):
    """`itertools.cycle` of what may change while it is gone through for the first time."""
    count = len(items)
    saved = []
    k = 0
    while count > 0:
        if k < count:
            item = items[k]
            saved.append(item)
        else:
            item = saved[k % count]
        yield item
        k += 1


def items_from(items, start):
    """The items of a list from a position on."""
    for k in range(start, len(items)):
        yield items[k]


def grouped(iterator, size):
    """`zip(iterator, iterator, ...)`."""
    while has_more(iterator, size):
        yield taken(iterator, size)


def taken(iterator, size):
    """The next items of `iter(items)`."""
    if size == 0:
        return ()
    item = next(iterator)
    return (item, *taken(iterator, size - 1))


def next_item(items, k):
    """`next(iterator)` at a position."""
    if k >= len(items):
        raise StopIteration
    return items[k]


def next_item_or(items, k, default):
    """`next(iterator, default)` at a position."""
    if k < len(items):
        return items[k]
    return default


def flat(array):
    """`array.flat`."""
    if array.ndim == 1:
        for item in array:
            yield item
    else:
        for row in array:
            for item in flat(row):
                yield item


def ndenumerate(array, *index):
    """`np.ndenumerate(array)`."""
    if array.ndim == 1:
        for k, item in enumerate(array):
            yield (*index, k), item
    else:
        for k, row in enumerate(array):
            for both in ndenumerate(row, *index, k):
                yield both


def extreme_or(function, iterable, default):
    """`max(iterable, default=default)`."""
    items = list(iterable)
    if len(items) == 0:
        return default
    return function(items)


def extreme_by_or(function, iterable, key, default):
    """`max(iterable, key=key, default=default)`."""
    items = list(iterable)
    if len(items) == 0:
        return default
    return function(items, key=key)


def check_lengths(left, right):
    """`zip(left, right, strict=True)`."""
    if len(left) != len(right):
        raise ValueError("zip() arguments have different lengths")


def enumerated(iterable, start=0):
    """`enumerate(generator, start)`."""
    k = start
    for item in iterable:
        yield k, item
        k += 1


def mapped(function, *iterables):
    """`map(function, generator, ...)`."""
    if len(iterables) == 1:
        for item in iterables[0]:
            yield function(item)
    else:
        for items in zip(*iterables):
            yield function(*items)


def filtered(function, iterable):
    """`filter(function, iterable)`."""
    for item in iterable:
        if item if function is None else function(item):
            yield item


def filterfalse(function, iterable):
    """`itertools.filterfalse`."""
    for item in iterable:
        if not (item if function is None else function(item)):
            yield item


def starmap(function, iterable):
    """`itertools.starmap`."""
    for items in iterable:
        yield function(*items)


def takewhile(predicate, iterable):
    """`itertools.takewhile`."""
    for item in iterable:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable):
    """`itertools.dropwhile`."""
    dropping = True
    for item in iterable:
        if dropping:
            dropping = predicate(item)
        if not dropping:
            yield item


def compress(data, selectors):
    """`itertools.compress`."""
    for item, selected in zip(data, selectors):
        if selected:
            yield item


def chain(*iterables):
    """`itertools.chain`."""
    for iterable in iterables:
        for item in iterable:
            yield item


def chain_from_iterable(iterables):
    """`itertools.chain.from_iterable`."""
    for iterable in iterables:
        for item in iterable:
            yield item


def accumulate(iterable, func=None, *, initial=None):
    """`itertools.accumulate`."""
    if initial is not None:
        total = initial
        yield total
        for item in iterable:
            total = total + item if func is None else func(total, item)
            yield total
    elif by_position(iterable):
        if len(iterable) > 0:
            total = iterable[0]
            for k in range(len(iterable)):
                if k > 0:
                    total = total + iterable[k] if func is None else func(total, iterable[k])
                yield total
    else:
        first = True
        total = None
        for item in iterable:
            if first:
                total = item
                first = False
            else:
                total = total + item if func is None else func(total, item)
            yield total


def zip_longest(iterables, filling):
    """`itertools.zip_longest`, of what has a length."""
    most = max([len(items) for items in iterables])
    for k in range(most):
        yield tuple([items[k] if k < len(items) else filling for items in iterables])


def pairwise(iterable):
    """`itertools.pairwise`."""
    if by_position(iterable):
        if len(iterable) > 1:
            previous = iterable[0]
            for k in range(1, len(iterable)):
                item = iterable[k]
                yield previous, item
                previous = item
    else:
        first = True
        previous = None
        for item in iterable:
            if not first:
                yield previous, item
            first = False
            previous = item


def islice(iterable, start, stop, step):
    """`itertools.islice`, its bounds given."""
    if by_position(iterable) and not (endless(iterable) and stop is None):
        if endless(iterable):
            end = stop
        else:
            end = len(iterable) if stop is None else min(stop, len(iterable))
        for k in range(start, end) if step == 1 else range(start, end, step):
            yield iterable[k]
    elif stop is None or stop > start:
        position = 0
        for item in iterable:
            if start == 0 and step == 1:
                yield item
            elif position >= start and (step == 1 or (position - start) % step == 0):
                yield item
            position += 1
            if stop is not None and position >= stop:
                return


def product(*pools):
    """`itertools.product` of lists."""
    if len(pools) == 0:
        yield ()
    else:
        for item in pools[0]:
            for rest in product(*pools[1:]):
                yield (item, *rest)


def combinations(pool, r, start=0):
    """`itertools.combinations` of a list."""
    if r == 0:
        yield ()
    else:
        last = r - 1
        for k in range(start, len(pool) - last if last else len(pool)):
            for rest in combinations(pool, r - 1, k + 1):
                yield (pool[k], *rest)


def combinations_with_replacement(pool, r, start=0):
    """`itertools.combinations_with_replacement` of a list."""
    if r == 0:
        yield ()
    else:
        for k in range(start, len(pool)):
            for rest in combinations_with_replacement(pool, r - 1, k):
                yield (pool[k], *rest)


def permutations(pool, r, *taken):
    """`itertools.permutations` of a list."""
    if r == 0:
        yield ()
    else:
        for k in range(len(pool)):
            if len(taken) == 0 or k not in taken:
                for rest in permutations(pool, r - 1, *taken, k):
                    yield (pool[k], *rest)


def reduce(function, iterable, *initial):
    """`functools.reduce`."""
    if len(initial) == 1:
        result = initial[0]
        for item in iterable:
            result = function(result, item)
        return result
    if by_position(iterable):
        if len(iterable) == 0:
            raise TypeError("reduce() of empty iterable with no initial value")
        result = iterable[0]
        for k in range(1, len(iterable)):
            result = function(result, iterable[k])
        return result
    first = True
    result = None
    for item in iterable:
        if first:
            result = item
            first = False
        else:
            result = function(result, item)
    if first:
        raise TypeError("reduce() of empty iterable with no initial value")
    return result


def any_of(iterable):
    """`any` of what is not a list."""
    for item in iterable:
        if item:
            return True
    return False


def all_of(iterable):
    """`all` of what is not a list."""
    for item in iterable:
        if not item:
            return False
    return True


def first_of(iterable):
    """`next(generator)`."""
    for item in iterable:
        return item
    raise StopIteration


def first_or_default(iterable, default):
    """`next(generator, default)`."""
    for item in iterable:
        return item
    return default


def item_of(key, value):
    """`operator.itemgetter(key)(value)`."""
    return value[key]


def items_of(keys, value):
    """`operator.itemgetter(*keys)(value)`."""
    return tuple([value[key] for key in keys])


def attribute_of(path, value):
    """`operator.attrgetter(path)(value)`."""
    for name in path:
        value = getattr(value, name)
    return value


def attributes_of(paths, value):
    """`operator.attrgetter(*paths)(value)`."""
    return tuple([attribute_of(path, value) for path in paths])


def method_of(name, args, keywords, value):
    """`operator.methodcaller(name, *args, **keywords)(value)`."""
    return getattr(value, name)(*args, **keywords)


def getitem(a, b):
    """`a[b]`."""
    return a[b]


def setitem(a, b, c):
    """`a[b] = c`."""
    a[b] = c


def iadd(a, b):
    """`a += b`."""
    a += b
    return a


def isub(a, b):
    """`a -= b`."""
    a -= b
    return a


def imul(a, b):
    """`a *= b`."""
    a *= b
    return a


def itruediv(a, b):
    """`a /= b`."""
    a /= b
    return a


def ifloordiv(a, b):
    """`a //= b`."""
    a //= b
    return a


def ipow(a, b):
    """`a **= b`."""
    a **= b
    return a


def imod(a, b):
    """`a %= b`."""
    a %= b
    return a


def imatmul(a, b):
    """`a @= b`."""
    a @= b
    return a


def iand(a, b):
    """`a &= b`."""
    a &= b
    return a


def ior(a, b):
    """`a |= b`."""
    a |= b
    return a


def ixor(a, b):
    """`a ^= b`."""
    a ^= b
    return a


def neg(a):
    """`-a`."""
    return -a


def pos(a):
    """`+a`."""
    return +a


def not_(a):
    """`not a`."""
    return not a


def eq(a, b):
    """`a == b`."""
    return a == b


def ne(a, b):
    """`a != b`."""
    return a != b


def lt(a, b):
    """`a < b`."""
    return a < b


def le(a, b):
    """`a <= b`."""
    return a <= b


def gt(a, b):
    """`a > b`."""
    return a > b


def ge(a, b):
    """`a >= b`."""
    return a >= b


def contains(a, b):
    """`b in a`."""
    return b in a


def same(function):
    """What a decorator gives that leaves values alone."""
    return function


def checkpointed_call(function, *args, **kwargs):
    """What `checkpoint(function)` does."""
    return function(*args, **kwargs)
