"""A folder as another host's file system shows it: names and attributes are believed for 30 s, and
locks are this mount's alone. cached_fs.py FOLDER MOUNT; needs python3-fusepy and /dev/fuse."""
import os
import sys

import fusepy as fuse  # as Debian calls it

SECONDS = 30


class Cached(fuse.Operations):
    """Every operation on the file of the same name below the folder."""

    def __init__(self, root):
        self.root = root

    def _at(self, path):
        return self.root + path

    def getattr(self, path, fh=None):
        st = os.fstat(fh) if fh is not None else os.lstat(self._at(path))
        return {key: getattr(st, key) for key in (
            "st_atime", "st_ctime", "st_gid", "st_mode", "st_mtime", "st_nlink", "st_size",
            "st_uid")}

    def access(self, path, mode):
        if not os.access(self._at(path), mode):
            raise fuse.FuseOSError(13)

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self._at(path))]

    def statfs(self, path):
        st = os.statvfs(self._at(path))
        return {key: getattr(st, key) for key in (
            "f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files",
            "f_flag", "f_frsize", "f_namemax")}

    def create(self, path, mode, fi=None):
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path, flags):
        return os.open(self._at(path), flags)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self._at(path), length)

    def flush(self, path, fh):
        pass

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def release(self, path, fh):
        os.close(fh)

    def link(self, target, source):
        os.link(self._at(source), self._at(target))

    def rename(self, old, new):
        os.rename(self._at(old), self._at(new))

    def unlink(self, path):
        os.unlink(self._at(path))

    def mkdir(self, path, mode):
        os.mkdir(self._at(path), mode)

    def rmdir(self, path):
        os.rmdir(self._at(path))

    def chmod(self, path, mode):
        os.chmod(self._at(path), mode)

    def utimens(self, path, times=None):
        os.utime(self._at(path), times)


fuse.FUSE(Cached(os.path.realpath(sys.argv[1])), sys.argv[2], foreground=True,
          attr_timeout=SECONDS, entry_timeout=SECONDS, ac_attr_timeout=SECONDS)
