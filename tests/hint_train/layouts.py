"""One small data set, written in the layouts that circulate."""

import h5py
import numpy as np
import scipy.io

N, N_QUERY, N_TRAIN = 40, 8, 20


CLASSES = {"mirflickr": 24, "nuswide": 10, "nuswide-tc21": 21, "coco": 80, "iapr-tc12": 255}


ALL = ("XAll", "YAll", "LAll")


def make(name="mirflickr"):
    rng = np.random.default_rng(3)
    labels = rng.random((N, CLASSES[name])) < 2.5 / CLASSES[name]
    labels[np.arange(N), rng.integers(CLASSES[name], size=N)] |= ~labels.any(axis=1)
    text = (rng.random((N, 5)) < 0.4).astype(np.float64)
    image = rng.standard_normal((N, 6)).astype(np.float32)
    return image, text, labels.astype(np.uint8)


def mat5(folder, *arrays, stem, tails=("-iall-vgg", "-yall", "-lall"), keys=ALL):
    for tail, key, values in zip(tails, keys, arrays, strict=True):
        scipy.io.savemat(folder / f"{stem}{tail}.mat", {key: values}, do_compression=True)


def mat73(folder, *arrays, stem, tails=("-xall-vgg", "-yall", "-lall"), keys=ALL):
    for tail, key, values in zip(tails, keys, arrays, strict=True):
        with h5py.File(folder / f"{stem}{tail}.mat", "w", userblock_size=512) as file:
            file[key] = values.T
            kind = {"float32": "single", "float64": "double"}.get(str(values.dtype), "uint8")
            file[key].attrs["MATLAB_class"] = np.bytes_(kind)


def hdf5(folder, *arrays, file_name, keys=ALL, turned=False):
    with h5py.File(folder / file_name, "a") as file:
        for key, values in zip(keys, arrays, strict=True):
            file[key] = values.T if turned else values


def npy(folder, image, text, labels, *, stem, split=()):
    for file_name, values in ((f"{stem}_vgg19", image), ("tags", text), ("label", labels)):
        np.save(folder / f"{file_name}.npy", values)
    for part, rows in dict(split).items():
        np.save(folder / f"{part}_num.npy", rows)


def lists(folder, image, text, labels):
    words = np.array([f"word{i}" for i in range(text.shape[1])])
    (folder / "TagList.txt").write_text("\n".join(words) + "\n")
    (folder / "all_tags.txt").write_text(
        "".join(",".join([*words[row > 0], "unheard"]) + "\r\n" for row in text), newline=""
    )
    (folder / "all_labels.txt").write_text("".join(" ".join(map(str, row)) + "\n" for row in labels))
    (folder / "all_imgs.txt").write_text("".join(f"pictures/im{i}.jpg\n" for i in range(len(text))))
    if image is not None:
        np.save(folder / "image.npy", image)


def parts_of(arrays, train_outside=False):
    """Query, database and train as copies of rows; train is part of the database, with a repeated row in both."""
    for values in arrays:
        values[11] = values[12]
    train = [values[[12, 30, 11, 17]] + (1 if train_outside else 0) for values in arrays[:2]]
    return {
        "query": [values[:8] for values in arrays],
        "database": [values[8:] for values in arrays],
        "train": [*train, arrays[2][[12, 30, 11, 17]]],
    }


def cirh(folder, parts, turned):
    for part, mark in (("train", "tr"), ("query", "te"), ("database", "db")):
        keys = [f"{letter}_{mark}" for letter in "ITL"]
        (mat73 if turned else mat5)(
            folder, *parts[part], stem=f"mirflickr25k_{part}", tails=("-a", "-b", "-c"), keys=keys
        )
        merged = {}
        for tail, key, values in zip("abc", keys, parts[part], strict=True):
            (folder / f"mirflickr25k_{part}-{tail}.mat").unlink()
            merged[key] = values
        if turned:
            with h5py.File(folder / f"mirflickr25k_{part}.mat", "w", userblock_size=512) as file:
                for key, values in merged.items():
                    file[key] = values.T
                    file[key].attrs["MATLAB_class"] = np.bytes_("double")
        else:
            scipy.io.savemat(folder / f"mirflickr25k_{part}.mat", merged)
