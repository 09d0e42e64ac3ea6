"""Data sets: what a folder holds, read into splits of pictures and labels."""

from archspec.datasets.dataset import (
    SPLITS,
    ArrayImages,
    Dataset,
    FileImages,
    Images,
    Shape,
    Split,
    SplitName,
)
from archspec.datasets.find import DATASETS, FoundDataset, datasets_here, open_dataset
from archspec.datasets.picture import read_picture
from archspec.datasets.synthetic import synthetic

__all__ = [
    "DATASETS",
    "SPLITS",
    "ArrayImages",
    "Dataset",
    "FileImages",
    "FoundDataset",
    "Images",
    "Shape",
    "Split",
    "SplitName",
    "datasets_here",
    "open_dataset",
    "read_picture",
    "synthetic",
]
