"""A day with openstacksdk: chapters about one thing each, named on the command line.

Who works is the user of the environment (OS_...), a member; ADMIN_OS_... is an administrator of the same project,
READER_OS_... one who may only read. A chapter that does not come out as told ends with a traceback.
"""
import contextlib
import os
import sys

import openstack
from openstack import exceptions

NOBODY = '00000000-0000-0000-0000-00000000dead'
POOL_HOST = 'store-01@file'


def connect(prefix=''):
    of = {name[len(prefix) + 3:].lower(): value for name, value in os.environ.items()
          if name.startswith(prefix + 'OS_')}
    auth = {key: of[key] for key in ('auth_url', 'username', 'password', 'project_name', 'user_domain_name',
                                     'project_domain_name')}
    return openstack.connect(auth=auth, region_name=of['region_name'], interface='public', identity_api_version='3',
                             load_yaml_config=False, load_envvars=False)


@contextlib.contextmanager
def refused(kind, *words):
    """What is done within fails as the SDK's exception of this kind, and with these words."""
    try:
        yield
    except kind as error:
        said = str(error)
        assert all(word in said for word in words), f'{words!r} are not all in: {said}'
    else:
        raise AssertionError(f'was not refused with {kind.__name__}')


def made(proxy, name, **attributes):
    """A volume of 1 GiB that is available."""
    volume = proxy.create_volume(name=name, size=1, **attributes)
    return proxy.wait_for_status(volume, status='available', failures=['error'], interval=0.2, wait=60)


def settled(proxy, volume):
    """The volume as it is now, once it is available: the SDK does not look at one that it remembers as such."""
    return proxy.wait_for_status(proxy.get_volume(volume.id), failures=['error'], interval=0.2, wait=60)


def gone(proxy, volume):
    proxy.delete_volume(volume)
    proxy.wait_for_delete(volume, interval=0.2, wait=60)


def volumes(member, admin, reader):
    volume = made(member, 'sdk volume', description='d', metadata={'a': '1'}, image_id=os.environ['IMAGE_ID'])
    shown = member.get_volume(volume)
    assert (shown.name, shown.size, shown.status, shown.metadata) == ('sdk volume', 1, 'available', {'a': '1'})
    assert (shown.is_bootable, shown.is_encrypted) == (True, False)
    assert shown.volume_image_metadata['image_id'] == os.environ['IMAGE_ID']
    assert (shown.attachments, shown.availability_zone) == ([], 'nova')
    copy = made(member, 'sdk copy', source_volume_id=volume.id)
    assert copy.source_volume_id == volume.id
    member.set_volume_metadata(volume, b='2', c='3')
    member.delete_volume_metadata(volume.id, keys=['a'])
    assert member.get_volume_metadata(volume).metadata == {'b': '2', 'c': '3'}
    member.delete_volume_metadata(volume)
    assert member.get_volume_metadata(volume).metadata == {}
    member.set_volume_readonly(volume, True)
    member.set_volume_readonly(volume, False)
    member.set_volume_bootable_status(volume, False)
    assert member.get_volume(volume).is_bootable is False
    member.extend_volume(volume, 2)
    assert settled(member, volume).size == 2
    with refused(exceptions.BadRequestException, 'must be greater than current size'):
        member.extend_volume(volume, 1)
    with refused(exceptions.HttpException, 'volume_extension:volume_admin_actions:reset_status'):
        member.reset_volume_status(volume, 'error', 'detached', None)
    admin.reset_volume_status(volume, 'error', 'detached', None)
    assert member.get_volume(volume).status == 'error'
    with refused(exceptions.ResourceFailure):
        member.wait_for_status(volume, status='available', failures=['error'], interval=0.2, wait=5)
    admin.delete_volume(volume, force=True)
    member.wait_for_delete(volume, interval=0.2, wait=60)
    with refused(exceptions.ResourceNotFound, volume.id):
        member.get_volume(volume.id)
    with refused(exceptions.ResourceNotFound):
        member.delete_volume(volume.id, ignore_missing=False)
    assert member.delete_volume(volume.id) is None
    gone(member, copy)


def finding(member, admin, reader):
    one, two = made(member, 'sdk one'), made(member, 'sdk two', metadata={'which': 'two'})
    assert member.find_volume('sdk one').id == one.id == member.find_volume(one.id).id
    assert member.find_volume('nosuch') is None
    with refused(exceptions.ResourceNotFound):
        member.find_volume('nosuch', ignore_missing=False)
    both = {one.id, two.id}
    assert both <= {each.id for each in member.volumes()}
    assert both <= {each.id for each in reader.volumes(details=False)}
    assert both <= {each.id for each in admin.volumes(all_projects=True)}
    assert both <= {each.id for each in member.volumes(limit=1)}, 'pages lead to the next'
    assert [each.id for each in member.volumes(details=False, name='sdk one')] == [one.id]
    assert [each.id for each in member.volumes(status='available', name='sdk two')] == [two.id]
    with refused(exceptions.HttpException, 'volume:create'):
        reader.create_volume(name='none', size=1)
    with refused(exceptions.BadRequestException, 'less than the minimum of 1'):
        member.create_volume(name='none', size=0)
    with refused(exceptions.ResourceNotFound, 'nosuch'):
        member.create_volume(name='none', size=1, volume_type='nosuch')
    with refused(exceptions.HttpException, 'volume:delete'):
        reader.delete_volume(one, ignore_missing=False)
    gone(member, one)
    gone(member, two)


def snapshots(member, admin, reader):
    volume = made(member, 'sdk original')
    snapshot = member.create_snapshot(volume_id=volume.id, name='sdk snap', description='d', metadata={'a': '1'})
    snapshot = member.wait_for_status(snapshot, status='available', failures=['error'], interval=0.2, wait=60)
    assert (snapshot.volume_id, snapshot.size, snapshot.name) == (volume.id, 1, 'sdk snap')
    assert member.find_snapshot('sdk snap').id == snapshot.id
    assert snapshot.id in [each.id for each in member.snapshots(volume_id=volume.id)]
    assert snapshot.id in [each.id for each in reader.snapshots(details=False)]
    assert snapshot.id in [each.id for each in admin.snapshots(all_projects=True)]
    assert member.update_snapshot(snapshot, name='sdk kept').name == 'sdk kept'
    member.set_snapshot_metadata(snapshot, b='2')
    member.delete_snapshot_metadata(snapshot.id, keys=['a'])
    assert member.get_snapshot_metadata(snapshot).metadata == {'b': '2'}
    with refused(exceptions.HttpException, 'reset_status'):
        member.reset_snapshot(snapshot, 'error')
    admin.reset_snapshot(snapshot, 'error')
    assert member.get_snapshot(snapshot).status == 'error'
    with refused(exceptions.BadRequestException, 'not allowed for update_snapshot_status'):
        admin.set_snapshot_status(snapshot, 'available', '50%')
    admin.reset_snapshot(snapshot, 'available')
    member.revert_volume_to_snapshot(volume, snapshot)
    settled(member, volume)
    member.wait_for_status(member.get_snapshot(snapshot.id), failures=['error'], interval=0.2, wait=60)
    restored = made(member, 'sdk restored', snapshot_id=snapshot.id)
    with refused(exceptions.BadRequestException, 'have snapshots'):
        member.delete_volume(volume)
    with refused(exceptions.HttpException, 'volume:delete_snapshot'):
        reader.delete_snapshot(snapshot)
    member.delete_snapshot(snapshot)
    member.wait_for_delete(snapshot, interval=0.2, wait=60)
    with refused(exceptions.ResourceNotFound):
        member.get_snapshot(snapshot.id)
    with refused(exceptions.ResourceNotFound):
        member.create_snapshot(volume_id=NOBODY, name='none')
    gone(member, volume)
    gone(member, restored)


def types(member, admin, reader):
    kind = admin.create_type(name='sdk type', description='d', **{'os-volume-type-access:is_public': False})
    assert kind.is_public is False
    with refused(exceptions.HttpException, 'volume_extension:type_create'):
        member.create_type(name='none')
    with refused(exceptions.ConflictException):
        admin.create_type(name='sdk type')
    assert member.find_type('sdk type') is None
    project = member.session.get_project_id()
    admin.add_type_access(kind, project)
    assert [each['project_id'] for each in admin.get_type_access(kind)] == [project]
    assert member.find_type('sdk type').id == kind.id
    assert kind.id in [each.id for each in member.types()]
    admin.update_type_extra_specs(kind, volume_backend_name='file', tier='1')
    admin.delete_type_extra_specs(kind, ['tier'])
    assert admin.get_type(kind).extra_specs == {'volume_backend_name': 'file'}
    assert admin.update_type(kind, description='e').description == 'e'
    encryption = admin.create_type_encryption(kind, provider='luks', cipher='aes-xts-plain64', key_size=256,
                                              control_location='front-end')
    assert encryption.provider == 'luks'
    assert admin.get_type_encryption(kind.id).key_size == 256
    admin.update_type_encryption(encryption, key_size=512)
    assert admin.get_type_encryption(kind.id).key_size == 512
    admin.delete_type_encryption(encryption)
    volume = made(member, 'sdk typed', volume_type='sdk type')
    assert volume.volume_type == 'sdk type'
    other = admin.create_type(name='sdk other')
    member.retype_volume(volume, other.id)
    assert settled(member, volume).volume_type == 'sdk other'
    with refused(exceptions.BadRequestException):
        admin.delete_type(other)
    gone(member, volume)
    admin.delete_type(other)
    admin.remove_type_access(kind, project)
    assert member.find_type('sdk type') is None
    admin.delete_type(kind)
    with refused(exceptions.ResourceNotFound):
        admin.get_type(kind.id)


def attaching(member, admin, reader):
    """The older actions, which the SDK has no other way for."""
    volume = made(member, 'sdk disk')
    member.reserve_volume(volume)
    assert member.get_volume(volume).status == 'attaching'
    with refused(exceptions.BadRequestException):
        member.reserve_volume(volume)
    member.unreserve_volume(volume)
    assert member.get_volume(volume).status == 'available'
    connector = {'ip': '127.0.0.1', 'host': 'peer', 'initiator': 'iqn.1993-08.org.debian:01:peer', 'multipath': False,
                 'platform': 'x86_64', 'os_type': 'linux'}
    member.reserve_volume(volume)
    member.init_volume_attachment(volume, connector)
    member.attach_volume(volume, '/dev/vdc', instance=os.environ['SERVER_ID'])
    shown = member.wait_for_status(volume, status='in-use', failures=['error'], interval=0.2, wait=60)
    assert [each['server_id'] for each in shown.attachments] == [os.environ['SERVER_ID']]
    with refused(exceptions.BadRequestException):
        member.delete_volume(volume)
    member.begin_volume_detaching(volume)
    assert member.get_volume(volume).status == 'detaching'
    member.abort_volume_detaching(volume)
    assert member.get_volume(volume).status == 'in-use'
    attachment = shown.attachments[0]['attachment_id']
    # Its server is to be asked: a service does this, as the actions of an administrator here.
    with refused(exceptions.HttpException):
        reader.detach_volume(volume, attachment)
    admin.reset_volume_status(volume, 'available', 'detached', None)
    assert settled(member, volume).attachments == []
    gone(member, volume)


def quotas(member, admin, reader):
    project = os.environ['OTHER_PROJECT_ID']
    before = admin.get_quota_set(project)
    changed = admin.update_quota_set(before, volumes=7)
    assert changed.volumes == 7
    assert admin.get_quota_set(project, usage=True).usage['volumes'] == 0
    assert isinstance(admin.get_quota_set_defaults(project).volumes, int)
    with refused(exceptions.HttpException):
        member.get_quota_set(project)
    with refused(exceptions.HttpException):
        member.update_quota_set(member.get_quota_set(member.session.get_project_id()), volumes=1)
    admin.revert_quota_set(project)
    assert admin.get_quota_set(project).volumes != 7
    limits = member.get_limits()
    assert limits.absolute.total_volumes_used >= 0 and limits.absolute.max_total_volumes is not None


def operating(member, admin, reader):
    assert [(zone.name, zone.state['available']) for zone in member.availability_zones()] == [('nova', True)]
    pools = list(admin.backend_pools())
    assert [pool.name.split('#')[0] for pool in pools] == [POOL_HOST], pools
    assert pools[0].capabilities['free_capacity_gb'] > 0
    capabilities = admin.get_capabilities(POOL_HOST)
    assert capabilities.namespace == 'OS::Storage::Capabilities::' + POOL_HOST
    with refused(exceptions.HttpException, 'volume_extension:capabilities'):
        member.get_capabilities(POOL_HOST)
    with refused(exceptions.HttpException, 'get_pools'):
        list(member.backend_pools())
    assert 'volume' in [each.resource for each in member.resource_filters()]
    assert [each.resource for each in member.resource_filters(resource='snapshot')] == ['snapshot']
    assert all(each.alias for each in member.extensions())


def images(member, admin, reader):
    volume = made(member, 'sdk to image', image_id=os.environ['IMAGE_ID'])
    member.upload_volume_to_image(volume, 'sdk image', disk_format='raw', container_format='bare')
    settled(member, volume)
    with refused(exceptions.HttpException, 'upload_image'):
        reader.upload_volume_to_image(volume, 'none')
    with refused(exceptions.HttpException, 'volume_unmanage'):
        member.unmanage_volume(volume)
    with refused(exceptions.HttpException, 'migrate_volume'):
        member.migrate_volume(volume, host='elsewhere@file#file')
    with refused(exceptions.BadRequestException):
        admin.migrate_volume(volume, host='elsewhere@file#file')
    gone(member, volume)


def absent(member, admin, reader):
    """What is not made here, as the SDK sees it."""
    assert list(member.backups()) == []
    assert member.find_backup('nosuch') is None
    with refused(exceptions.HttpException):
        member.create_backup(volume_id=NOBODY, name='none')
    assert list(member.groups()) == []
    with refused(exceptions.HttpException):
        admin.create_group_type(name='none')


def cloud_layer(member, admin, reader):
    """The calls of one line that tools such as Ansible make."""
    cloud, operator = connect(), connect('ADMIN_')
    volume = cloud.create_volume(1, name='sdk cloud', wait=True, timeout=60)
    assert cloud.get_volume('sdk cloud').id == volume.id == cloud.get_volume_by_id(volume.id).id
    cloud.set_volume_bootable(volume.id, True)
    assert cloud.get_volume(volume.id).is_bootable is True
    snapshot = cloud.create_volume_snapshot(volume.id, name='sdk cloud snap', wait=True, timeout=60)
    assert cloud.get_volume_snapshot('sdk cloud snap').id == snapshot.id
    assert snapshot.id in [each.id for each in cloud.list_volume_snapshots()]
    assert cloud.delete_volume_snapshot(snapshot.id, wait=True, timeout=60) is True
    assert cloud.get_volume_limits()['absolute']['totalVolumesUsed'] >= 1
    assert cloud.list_volume_types() != []
    operator.set_volume_quotas('other', volumes=3)
    assert operator.get_volume_quotas('other').volumes == 3
    operator.delete_volume_quotas('other')
    assert cloud.delete_volume(volume.id, wait=True, timeout=60) is True
    assert cloud.delete_volume(volume.id) is False


CHAPTERS = {chapter.__name__: chapter for chapter in (
    volumes, finding, snapshots, types, attaching, quotas, operating, images, absent, cloud_layer)}


def main():
    member, admin, reader = (connect(prefix).block_storage for prefix in ('', 'ADMIN_', 'READER_'))
    CHAPTERS[sys.argv[1]](member, admin, reader)
