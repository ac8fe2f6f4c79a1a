"""Reads a key as Nova does: by Castellan, with a user's token, and prints its passphrase."""

import binascii
import sys

from castellan.common.credentials import keystone_token
from castellan.key_manager import barbican_key_manager
from oslo_config import cfg

auth_url, barbican_url, project_id, key_id = sys.argv[1:5]
token = sys.stdin.read().strip()
conf = cfg.ConfigOpts()
manager = barbican_key_manager.BarbicanKeyManager(conf)
conf.set_override('barbican_endpoint', barbican_url, 'barbican')
conf.set_override('barbican_api_version', 'v1', 'barbican')
context = keystone_token.KeystoneToken(token=token, auth_url=auth_url, project_id=project_id)
key = manager.get(context, key_id)
print(key.algorithm, key.bit_length, binascii.hexlify(key.get_encoded()).decode('utf-8'))
