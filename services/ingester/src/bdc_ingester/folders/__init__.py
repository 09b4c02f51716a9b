"""Folders that files pass through: names that stay inside, moves that never overwrite and survive a crash."""

from bdc_ingester.folders.cleaning import remove_older
from bdc_ingester.folders.compression import compress_new
from bdc_ingester.folders.content import Compression
from bdc_ingester.folders.errors import TargetExists, UnsafeName
from bdc_ingester.folders.folders import Folder, Folders
from bdc_ingester.folders.moving import move_new, rename_new
from bdc_ingester.folders.names import safe_name, safe_path
from bdc_ingester.folders.stamps import Stamp
from bdc_ingester.folders.syncing import SyncGroup, sync_directory
from bdc_ingester.folders.writing import NewFile, new_file, replace_content, write_new

__all__ = [
    "Compression",
    "Folder",
    "Folders",
    "NewFile",
    "Stamp",
    "SyncGroup",
    "TargetExists",
    "UnsafeName",
    "compress_new",
    "move_new",
    "new_file",
    "remove_older",
    "rename_new",
    "replace_content",
    "safe_name",
    "safe_path",
    "sync_directory",
    "write_new",
]
