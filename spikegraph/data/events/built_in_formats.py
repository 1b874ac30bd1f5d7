"""The formats of event recordings that the package reads."""

from spikegraph.data.events.address_events import AedatFile, BinFile
from spikegraph.data.events.aedat4 import Aedat4File
from spikegraph.data.events.columns import Hdf5File
from spikegraph.data.events.evt import EvtFile
from spikegraph.data.events.formats import FORMATS, Format
from spikegraph.data.events.numpy_files import NumpyFile
from spikegraph.data.events.prophesee import DatFile

FORMATS.fill(
    {
        "aedat4": Format("AEDAT 4 of iniVation's DV", (".aedat4",), Aedat4File),
        "aedat": Format("AEDAT 2.0 and 3.1 of jAER and cAER", (".aedat",), AedatFile),
        "evt": Format("Prophesee's EVT 2, 2.1 and 3", (".raw",), EvtFile),
        "dat": Format("Prophesee's DAT", (".dat",), DatFile),
        "bin": Format("events of 40 bits, as in N-MNIST and N-Caltech101", (".bin",), BinFile),
        "hdf5": Format("HDF5 as MVSEC's and DSEC's, or with columns x, y, t and p", (".h5", ".hdf5"), Hdf5File),
        "numpy": Format("arrays x, y, t and p in .npz and .npy files", (".npz", ".npy"), NumpyFile),
    }
)
