"""Small real data for notebooks, tests and the study, without a download.

offline  the data sets, in scikit-learn or in a wheel
disturbing a sensor that sits otherwise, noise, dead channels, a late start, wrong labels
noise    wrong labels as data really have them
folders  images that somebody downloaded: FashionMNIST, CIFAR-10
messages the SMS Spam Collection that somebody downloaded
wheels   files inside other packages' wheels, read as numbers only
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    disturbing="disturb",
    folders="cifar10 fashion",
    messages="sms",
    offline="digits mnist5k motions spam watch",
)
